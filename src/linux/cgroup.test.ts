import { expect, test } from "bun:test";
import { Cgroup, layoutOf } from "./cgroup.ts";
import { parseMountInfo } from "./mount.ts";

const hybrid = `25 24 0:21 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
26 25 0:22 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid - cgroup cgroup rw,cpu,cpuacct
27 25 0:23 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
28 25 0:24 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate`;

test("the v1 + v2 hybrid", () => {
  const layout = layoutOf(parseMountInfo(hybrid));
  expect(layout.version).toBe(1);
  expect(layout.unified).toBe("/sys/fs/cgroup/unified");
  expect([...layout.controllers.keys()]).toEqual(["cpu", "cpuacct", "name=systemd"]);
  const group = new Cgroup("/gantry/id", layout);
  expect(group.directory("cpu")).toBe("/sys/fs/cgroup/cpu,cpuacct/gantry/id");
  expect(group.directory("memory")).toBeUndefined();
  expect(group.directories()).toEqual([
    "/sys/fs/cgroup/cpu,cpuacct/gantry/id",
    "/sys/fs/cgroup/systemd/gantry/id",
    "/sys/fs/cgroup/unified/gantry/id",
  ]);
});

test("pure v2", () => {
  const layout = layoutOf(
    parseMountInfo("30 24 0:25 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"),
  );
  expect(layout.version).toBe(2);
  expect(new Cgroup("/gantry/id", layout).directory("memory")).toBe("/sys/fs/cgroup/gantry/id");
  expect(new Cgroup("/gantry/id", layout).directories()).toEqual(["/sys/fs/cgroup/gantry/id"]);
});
