import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { findMonitor, isBeginning, isMonitorOf } from "./find-monitor.ts";

test("a monitor is known by its container, also from the first moment of its program on", async () => {
  const id = `gt-${process.pid}`;
  const child = spawn("sh", ["-c", "sleep 1000; true", `--cid=${id}`], { stdio: "ignore" });
  const pid = Number(child.pid);
  try {
    while (isBeginning(pid)) await Bun.sleep(1);
    expect(isMonitorOf(pid, id)).toBe(true);
    expect(isMonitorOf(pid, `${id}0`)).toBe(false);
    expect(findMonitor(id)).toBe(pid);
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  expect([isBeginning(pid), isMonitorOf(pid, id)]).toEqual([false, false]);
});

test("a kernel thread begins nothing, although it has no arguments", () => {
  expect(isBeginning(2)).toBe(false);
});
