import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mapText } from "../spec/id-mapping.ts";
import { type AccountFiles, parseUsernsRemap } from "./userns-remap.ts";

let root = "";
let files: AccountFiles;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "remap-"));
  mkdirSync(join(root, "etc"));
  const put = (name: string, text: string) => {
    writeFileSync(join(root, "etc", name), text);
    return join(root, "etc", name);
  };
  files = {
    passwd: put("passwd", "root:x:0:0::/root:/bin/sh\nalice:x:1000:1001::/home/alice:/bin/sh\n"),
    group: put("group", "root:x:0:\nalice:x:1001:\nstaff:x:50:\n"),
    subuid: put("subuid", "alice:100000:65536\nalice:300000:1000\n1000:500000:10\n"),
    subgid: put("subgid", "alice:200000:65536\n50:700000:20"),
    useradd: ["useradd", "--prefix", root],
  };
});
afterEach(() => rmSync(root, { recursive: true }));

test("an account by name or number: all its ranges, one after the other", () => {
  const mapping = parseUsernsRemap("alice", files);
  expect(mapText(mapping?.users ?? [])).toBe("0 100000 65536\n65536 300000 1000\n66536 500000 10\n");
  expect(mapText(mapping?.groups ?? [])).toBe("0 200000 65536\n");
  expect(parseUsernsRemap("1000", files)).toEqual(mapping);
});

test("a group of its own", () => {
  expect(mapText(parseUsernsRemap("alice:staff", files)?.groups ?? [])).toBe("0 700000 20\n");
  expect(parseUsernsRemap("1000:50", files)).toEqual(parseUsernsRemap("alice:staff", files));
});

test("none", () => expect(parseUsernsRemap("", files)).toBeUndefined());

test.skipIf(Bun.which("useradd") === null)(
  "`default` makes its account, and a range above all others, once",
  () => {
    expect(mapText(parseUsernsRemap("default", files)?.users ?? [])).toBe("0 500010 65536\n");
    expect(mapText(parseUsernsRemap("default", files)?.groups ?? [])).toBe("0 700020 65536\n");
    expect(readFileSync(files.subgid, "utf8")).toBe(
      "alice:200000:65536\n50:700000:20\ndockremap:700020:65536\n",
    );
    expect(readFileSync(files.passwd, "utf8").match(/^dockremap:.*:\/usr\/sbin\/nologin$/gm)).toHaveLength(1);
    expect(readFileSync(files.group, "utf8")).toMatch(/^dockremap:/m);
  },
);

test("`default` where no account can be made says what to do, and enters no range", () => {
  const before = readFileSync(files.subuid, "utf8");
  const without = { ...files, useradd: ["no-such-useradd"] };
  expect(() => parseUsernsRemap("default", without)).toThrow(
    /^userns-remap: cannot make the account dockremap \(.*\): make it yourself, or name another one$/,
  );
  expect(readFileSync(files.subuid, "utf8")).toBe(before);
  writeFileSync(files.passwd, "dockremap:x:900:900::/:/bin/false\n");
  expect(mapText(parseUsernsRemap("default", without)?.users ?? [])).toBe("0 500010 65536\n");
});

test.each([
  ["bob", "userns-remap: no user bob in "],
  ["alice:nobody", "userns-remap: no group nobody in "],
  ["root", "no subordinate ids for root in "],
  ["a:b:c", 'invalid userns-remap "a:b:c": use default, USER, UID, USER:GROUP or UID:GID'],
  [":x", 'invalid userns-remap ":x"'],
])("%s is refused", (text, message) => {
  expect(() => parseUsernsRemap(text, files)).toThrow(message);
});
