import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mapText } from "../spec/id-mapping.ts";
import { type AccountFiles, parseUsernsRemap } from "./userns-remap.ts";

let root = "";
let files: AccountFiles;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "remap-"));
  const put = (name: string, text: string) => {
    writeFileSync(join(root, name), text);
    return join(root, name);
  };
  files = {
    passwd: put("passwd", "root:x:0:0::/root:/bin/sh\nalice:x:1000:1001::/home/alice:/bin/sh\n"),
    group: put("group", "root:x:0:\nalice:x:1001:\nstaff:x:50:\n"),
    subuid: put("subuid", "alice:100000:65536\nalice:300000:1000\n1000:500000:10\n"),
    subgid: put("subgid", "alice:200000:65536\n50:700000:20"),
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

test("`default` enters a range above all others, once", () => {
  expect(mapText(parseUsernsRemap("default", files)?.users ?? [])).toBe("0 500010 65536\n");
  expect(mapText(parseUsernsRemap("default", files)?.groups ?? [])).toBe("0 700020 65536\n");
  expect(readFileSync(files.subgid, "utf8")).toBe(
    "alice:200000:65536\n50:700000:20\ndockremap:700020:65536\n",
  );
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
