import { expect, test } from "bun:test";
import { oomVictim } from "./kernel-log.ts";

const line = (group: string, task: string) =>
  `<6>[4789.93] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/gantry/a,task_memcg=${group},task=${task},pid=3952,uid=0`;

test("the last victim of a group or of one below it", () => {
  const log = [
    line("/gantry/a", "first"),
    line("/gantry/ab", "other"),
    line("/gantry/a/sub", "my prog"),
    "x",
  ];
  expect(oomVictim("/gantry/a", log.join("\n"))).toBe("my prog");
  expect(oomVictim("/gantry/ab", log.join("\n"))).toBe("other");
  expect(oomVictim("/gantry/b", log.join("\n"))).toBeUndefined();
  expect(oomVictim("/gantry/a", "")).toBeUndefined();
});
