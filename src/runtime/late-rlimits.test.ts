import { expect, test } from "bun:test";
import { partRlimits } from "./late-rlimits.ts";

const few = { type: "RLIMIT_NOFILE", soft: 20, hard: 2000 };
const many = { type: "RLIMIT_NOFILE", soft: 1024, hard: 1024 };
const none = { type: "RLIMIT_FSIZE", soft: 0, hard: 0 };
const processes = { type: "RLIMIT_NPROC", soft: 1, hard: 1 };

test("limits that a runtime would trip over come late", () => {
  const user = { uid: 0, gid: 0 };
  expect(partRlimits({ user, rlimits: [few, none, processes] }, false)).toEqual({
    early: [processes],
    late: [few, none],
  });
  expect(partRlimits({ user, rlimits: [many] }, false)).toEqual({ early: [many], late: [] });
  expect(partRlimits({ user }, true)).toEqual({ early: [], late: [] });
});

test("another user's process can be limited from outside only with CAP_SYS_RESOURCE", () => {
  const user = { uid: 1000, gid: 0 };
  expect(partRlimits({ user, rlimits: [few] }, false).late).toEqual([]);
  expect(partRlimits({ user, rlimits: [few] }, true).late).toEqual([few]);
});
