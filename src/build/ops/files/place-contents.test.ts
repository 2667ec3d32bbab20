import { afterEach, beforeEach, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FileKind, makeNode } from "../../../linux/special-files.ts";
import { writeNamedFiles } from "../../../store/layers/shared-files.ts";
import { contentPath } from "../../context/content-store.ts";
import type { DeferredFile } from "./deferred-files.ts";
import { placeContents } from "./place-contents.ts";

let root: string;
let layers = 0;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "gantry-place-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const contents = () => join(root, "contents");

/** Puts a text into the store. */
function content(text: string): { sum: string; place: string } {
  const sum = createHash("sha256").update(text).digest("hex");
  const place = contentPath(contents(), sum);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, text, { mode: 0o600 });
  return { sum, place };
}

const ordinary = { mode: 0o644, uid: 0, gid: 0, modified: { seconds: 1000, nanoseconds: 7 } };

/** Places files in a new layer with the directory `d`, and answers where that layer is. */
function placed(
  files: [path: string, file: DeferredFile][],
  below: string[] = [],
  prepare?: (into: string) => void,
) {
  layers += 1;
  const into = join(root, `layer-${layers}`);
  mkdirSync(join(into, "d"), { recursive: true });
  prepare?.(into);
  utimesSync(join(into, "d"), 500, 500);
  const deferred = join(root, `deferred-${layers}`);
  writeFileSync(deferred, JSON.stringify(files));
  placeContents({ kind: "place", deferred, into, contents: contents(), below });
  return into;
}

test("a content is made what the first layer needs, and named once more where another needs the same", () => {
  const { sum, place } = content("text");
  const [first, second] = [placed([["d/a", { sum, ...ordinary }]]), placed([["d/b", { sum, ...ordinary }]])];
  const { ino, mode, mtimeNs, nlink } = lstatSync(place, { bigint: true });
  expect([mode & 0o7777n, mtimeNs, nlink]).toEqual([0o644n, 1000_000_000_007n, 3n]);
  expect(lstatSync(join(first, "d/a"), { bigint: true }).ino).toBe(ino);
  expect(lstatSync(join(second, "d/b"), { bigint: true }).ino).toBe(ino);
  expect(lstatSync(join(first, "d")).mtimeMs).toBe(500_000);
});

test.each([
  ["mode", { mode: 0o4755 }],
  ["owner", { uid: 7 }],
  ["group", { gid: 7 }],
  ["time", { modified: { seconds: 1000, nanoseconds: 8 } }],
])("another %s is a copy, and the first stays as it is", (_what, other) => {
  const { sum, place } = content("text");
  placed([["d/a", { sum, ...ordinary }]]);
  const before = lstatSync(place, { bigint: true });
  const copy = join(placed([["d/a", { sum, ...ordinary, ...other }]]), "d/a");
  expect(lstatSync(place, { bigint: true })).toMatchObject({
    ino: before.ino,
    mode: before.mode,
    mtimeNs: before.mtimeNs,
  });
  const made = lstatSync(copy, { bigint: true });
  expect(made.ino).not.toBe(before.ino);
  const { mode, uid, gid, modified } = { ...ordinary, ...other };
  expect([made.mode & 0o7777n, made.uid, made.gid]).toEqual([BigInt(mode), BigInt(uid), BigInt(gid)]);
  expect(made.mtimeNs).toBe(BigInt(modified.seconds) * 1_000_000_000n + BigInt(modified.nanoseconds));
  expect(readFileSync(copy, "utf8")).toBe("text");
});

test("two paths of a chain are two files", () => {
  const { sum, place } = content("text");
  const layer = placed([
    ["d/a", { sum, ...ordinary }],
    ["d/b", { sum, ...ordinary }],
  ]);
  expect(lstatSync(join(layer, "d/a")).ino).not.toBe(lstatSync(join(layer, "d/b")).ino);
  const list = join(root, "named");
  writeNamedFiles(list, [{ inode: lstatSync(place).ino, sizeBytes: 4 }]);
  const above = placed([["d/c", { sum, ...ordinary }]], [list, join(root, "absent")]);
  expect(lstatSync(join(above, "d/c")).ino).not.toBe(lstatSync(place).ino);
});

test("the mark of a deleted file gives way, whether it is named or copied", () => {
  const { sum } = content("text");
  const layer = placed(
    [
      ["d/a", { sum, ...ordinary }],
      ["d/b", { sum, ...ordinary }],
    ],
    [],
    (into) => {
      for (const name of ["a", "b"]) makeNode(join(into, "d", name), FileKind.char, 0o600);
    },
  );
  expect(["a", "b"].map((name) => readFileSync(join(layer, "d", name), "utf8"))).toEqual(["text", "text"]);
});

test("what stands in its place otherwise is an error, and a content that is gone, too", () => {
  const { sum, place } = content("text");
  const taken = () =>
    placed([["d/a", { sum, ...ordinary }]], [], (into) => writeFileSync(join(into, "d/a"), "other"));
  expect(taken).toThrow("EEXIST");
  rmSync(place);
  expect(() => placed([["d/a", { sum, ...ordinary }]])).toThrow("ENOENT");
});
