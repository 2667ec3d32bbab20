import { spawn } from "node:child_process";
import type { Log } from "../base/log.ts";
import { cgroupLayout } from "../linux/cgroup.ts";
import { listMounts } from "../linux/mount.ts";

const option = "favordynmods";

/**
 * On cgroup v1 a process is moved into its groups one by one, and the first move of a while waits for an RCU grace
 * period: 5 to 20 ms of each container's and exec's start. The kernel's own switch for machines that start many
 * (cgroup-v2.rst, favordynmods, Linux 6.0) takes the wait away, at a small cost to forks and exits. On v2, runtimes
 * make processes inside their group at once and nothing is gained, so nothing is changed.
 *
 * By mount(8), which keeps the options there are, and in the background, since the switch itself waits so long.
 */
export function favorCgroupChanges(log: Log): void {
  const { version, unified } = cgroupLayout();
  if (version === 2 || unified === undefined) return;
  const current = listMounts().find(({ target, type }) => target === unified && type === "cgroup2");
  if (current === undefined || current.superOptions.split(",").includes(option)) return;
  const child = spawn("mount", ["-o", `remount,${option}`, unified], { stdio: "ignore" });
  child.unref();
  child.once("error", (error) => log.debug("cgroup changes are not favored", { error: error.message }));
  child.once("exit", (code) => {
    if (code === 0) log.info("favoring quick cgroup changes on this machine", { option, mount: unified });
    else
      log.debug("cgroup changes are not favored: this kernel or this machine does not allow it", { unified });
  });
}
