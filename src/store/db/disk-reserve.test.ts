import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineError } from "../../base/errors.ts";
import { Database } from "./database.ts";

function mounted(mebibytes: number): { directory: string } & Disposable {
  const directory = mkdtempSync(join(tmpdir(), "gantry-reserve-"));
  const mount = ["mount", "-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", directory];
  expect(spawnSync(mount[0] as string, mount.slice(1)).status).toBe(0);
  return {
    directory,
    [Symbol.dispose]() {
      spawnSync("umount", [directory]);
      rmSync(directory, { recursive: true });
    },
  };
}

function fill(path: string): void {
  try {
    writeFileSync(path, Buffer.alloc(64 << 20));
  } catch {
    // Full, as was wanted.
  }
}

test("on a full disk the database goes on with its reserve, and takes it again when there is room", () => {
  using disk = mounted(32);
  using db = new Database(join(disk.directory, "test.db"));
  const reserve = join(disk.directory, "test.db.reserve");
  db.migrate("test", ["CREATE TABLE things (name TEXT PRIMARY KEY, bytes BLOB)"]);
  expect(existsSync(reserve)).toBe(true);
  const filler = join(disk.directory, "filler");
  fill(filler);
  for (let index = 0; index < 50; index += 1)
    db.transaction(() => {
      db.run("INSERT INTO things VALUES (?, ?)", `thing ${index}`, Buffer.alloc(10_000));
    });
  expect(db.get("SELECT count(*) AS count FROM things")?.count).toBe(50);
  expect(existsSync(reserve)).toBe(false);
  db.restoreReserve();
  expect(existsSync(reserve)).toBe(false);
  rmSync(filler);
  db.restoreReserve();
  expect(existsSync(reserve)).toBe(true);
});

test("with the reserve used up, a write fails clearly and whole", () => {
  using disk = mounted(32);
  using db = new Database(join(disk.directory, "test.db"));
  db.migrate("test", ["CREATE TABLE things (name TEXT PRIMARY KEY, bytes BLOB)"]);
  fill(join(disk.directory, "filler"));
  const write = () =>
    db.transaction(() => {
      db.run("INSERT INTO things VALUES ('small', NULL)");
      for (let index = 0; index < 10; index += 1)
        db.run("INSERT INTO things VALUES (?, ?)", `large ${index}`, Buffer.alloc(1 << 20));
    });
  expect(write).toThrow(EngineError);
  expect(write).toThrow("no space left on device");
  expect(db.all("SELECT * FROM things")).toEqual([]);
});
