import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineError } from "../base/errors.ts";
import { parseMountInfo } from "../linux/mount.ts";
import { prepareBindSource } from "./bind-source.ts";
import type { PlannedMount } from "./mount-plan.ts";

const work = realpathSync(mkdtempSync(join(tmpdir(), "gantry-bind-")));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const bind = (source: string, createSource = true, propagation = "rprivate"): PlannedMount => ({
  type: "bind",
  source,
  destination: "/x",
  readOnly: false,
  mode: "",
  propagation,
  bind: { createSource, nonRecursive: false, readOnlyBelow: "if-possible" },
});
const mounts = () =>
  parseMountInfo(`1 0 8:1 / / rw - ext4 /dev/sda rw
2 1 8:2 / ${work} rw shared:5 - ext4 /dev/sdb rw
3 1 8:3 / ${work}/slave rw master:5 - ext4 /dev/sdc rw`);

test("a missing source of -v is made, as a directory", () => {
  const source = join(work, "a/b");
  prepareBindSource(bind(source));
  expect(statSync(source).mode & 0o777).toBe(0o755);
  expect(statSync(source).uid).toBe(0);
  prepareBindSource(bind(source));
  writeFileSync(join(work, "file"), "");
  prepareBindSource(bind(join(work, "file")));
});

test("one of --mount is missed, with the words of create", () => {
  const source = join(work, "missing");
  expect(() => prepareBindSource(bind(source, false))).toThrow(
    `invalid mount config for type "bind": bind source path does not exist: ${source}`,
  );
  expect(existsSync(source)).toBeFalse();
});

test("one that cannot be made says why", () => {
  expect(() => prepareBindSource(bind("/proc/nope/x"))).toThrow(
    "error while creating mount source path '/proc/nope/x': mkdir /proc/nope: no such file or directory",
  );
});

test("propagation needs a source that takes part", () => {
  const refused = (source: string, propagation: string, message: string) =>
    expect(() => prepareBindSource(bind(source, true, propagation), mounts)).toThrow(
      new EngineError("internal", message),
    );
  const slave = join(work, "slave");
  prepareBindSource(bind(work, true, "rshared"), mounts);
  prepareBindSource(bind(work, true, "slave"), mounts);
  prepareBindSource(bind(slave, true, "rslave"), mounts);
  refused("/tmp", "shared", "path /tmp is mounted on / but it is not a shared mount");
  refused("/tmp", "rslave", "path /tmp is mounted on / but it is not a shared or slave mount");
  refused(slave, "rshared", `path ${slave} is mounted on ${slave} but it is not a shared mount`);
  symlinkSync("/tmp", join(work, "link"));
  refused(join(work, "link"), "shared", `path ${work}/link is mounted on / but it is not a shared mount`);
});
