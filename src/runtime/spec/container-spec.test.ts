import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cgroupLayout } from "../../linux/cgroup.ts";
import type { HostConfig } from "../../spec/api/container.ts";
import type { Launch } from "../runtime-service.ts";
import { containerSpec } from "./container-spec.ts";
import { toJson } from "./serialize.ts";
import { defaultMaskedPaths } from "./system-paths.ts";

const rootfs = mkdtempSync(join(tmpdir(), "runtime-spec-"));
afterAll(() => rmSync(rootfs, { recursive: true }));

function specOf(hostConfig: HostConfig = {}, change: Partial<Launch> = {}) {
  const launch: Launch = {
    id: "id",
    directory: rootfs,
    rootfs,
    config: {},
    hostConfig,
    args: ["true"],
    env: ["PATH=/bin"],
    hostname: "name",
    mounts: [],
    namespaces: {},
    runtime: "",
    ...change,
  };
  const appArmor = { profileOf: () => undefined };
  return containerSpec(launch, { cgroupParent: "/gantry", initPath: "/bin/true", appArmor }).spec;
}

/** What dockerd 28.5 wrote for `docker run bb true`, ids aside. */
test("a container that asks for nothing is dockerd's", () => {
  const spec = specOf();
  expect(spec.process.user).toEqual({ uid: 0, gid: 0, additionalGids: [0] });
  expect(spec.process.capabilities?.bounding.join(" ")).toBe(
    "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FSETID CAP_FOWNER CAP_MKNOD CAP_NET_RAW CAP_SETGID CAP_SETUID CAP_SETFCAP CAP_SETPCAP CAP_NET_BIND_SERVICE CAP_SYS_CHROOT CAP_KILL CAP_AUDIT_WRITE",
  );
  expect(spec.process.cwd).toBe("/");
  expect(
    spec.mounts.map(({ destination, type, options = [] }) => `${destination} ${type} ${options.join(",")}`),
  ).toEqual([
    "/proc proc nosuid,noexec,nodev",
    "/dev tmpfs nosuid,strictatime,mode=755,size=65536k",
    "/dev/pts devpts nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5",
    "/sys sysfs nosuid,noexec,nodev,ro",
    "/sys/fs/cgroup cgroup ro,nosuid,noexec,nodev",
    "/dev/mqueue mqueue nosuid,noexec,nodev",
    "/dev/shm tmpfs nosuid,noexec,nodev,mode=1777,size=67108864",
  ]);
  const types = spec.linux.namespaces.map(({ type }) => type);
  const cgroup = cgroupLayout().version === 2 ? ["cgroup"] : [];
  expect(types as string[]).toEqual(["mount", "network", "uts", "pid", "ipc", ...cgroup]);
  expect(spec.linux.sysctl).toEqual({
    "net.ipv4.ip_unprivileged_port_start": "0",
    "net.ipv4.ping_group_range": "0 2147483647",
  });
  expect(spec.linux.maskedPaths).toEqual(defaultMaskedPaths());
  expect(spec.linux.readonlyPaths).toEqual([
    "/proc/bus",
    "/proc/fs",
    "/proc/irq",
    "/proc/sys",
    "/proc/sysrq-trigger",
  ]);
  expect(spec.linux.resources).toMatchObject({ memory: {}, cpu: {}, blockIO: {} });
  expect(spec.linux.cgroupsPath).toBe("/gantry/id");
});

test("privileged lifts masks, filter and read-only mounts", () => {
  const { linux, mounts } = specOf({ Privileged: true });
  expect(linux.seccomp).toBeUndefined();
  expect(linux.maskedPaths).toBeUndefined();
  expect(linux.readonlyPaths).toBeUndefined();
  expect(linux.resources.devices).toEqual([{ allow: true, access: "rwm" }]);
  expect(linux.devices?.map(({ path }) => path)).toContain("/dev/full");
  expect(
    mounts.filter(({ destination }) => destination.startsWith("/sys")).flatMap(({ options = [] }) => options),
  ).not.toContain("ro");
});

test("limits, as dockerd writes them", () => {
  const { resources } = specOf({
    Memory: 64 << 20,
    MemoryReservation: 32 << 20,
    NanoCpus: 1_500_000_000,
    CpuShares: 512,
    CpusetCpus: "0",
    PidsLimit: 50,
    DeviceCgroupRules: ["c 42:* rmw"],
  }).linux;
  expect(resources.memory).toEqual({ limit: 64 << 20, reservation: 32 << 20, swap: 128 << 20 });
  expect(resources.cpu).toEqual({ shares: 512, quota: 150_000, period: 100_000, cpus: "0" });
  expect(resources.pids).toEqual({ limit: 50 });
  expect(resources.devices?.at(-1)).toEqual({ allow: true, type: "c", major: 42, access: "rmw" });
});

test("mounts: recursion, propagation, read-only, init, what a volume over /dev hides", () => {
  const bind = { type: "bind" as const, source: "/tmp", readOnly: false };
  const { mounts, linux, process } = specOf(
    { Init: true },
    {
      mounts: [
        { ...bind, target: "/a", propagation: "rprivate", readOnly: true },
        { ...bind, target: "/b", propagation: "rshared", readOnly: true },
        { ...bind, target: "/c", nonRecursive: true },
        { ...bind, target: "/dev/shm" },
      ],
    },
  );
  const of = (path: string) =>
    mounts.filter(({ destination }) => destination === path).map(({ options }) => options?.join());
  expect(of("/a")).toEqual(["rbind,rro,rprivate"]);
  expect(of("/b")).toEqual(["rbind,ro,rshared"]);
  expect(of("/c")).toEqual(["bind"]);
  expect(of("/dev/shm")).toEqual(["rbind"]);
  expect(of("/sbin/docker-init")).toEqual(["bind,ro"]);
  expect(process.args).toEqual(["/sbin/docker-init", "--", "true"]);
  expect(linux.rootfsPropagation).toBe("shared");
  const covered = specOf({}, { mounts: [{ ...bind, target: "/dev" }] }).mounts.map(
    ({ destination }) => destination,
  );
  expect(covered).toEqual(["/proc", "/sys", "/sys/fs/cgroup", "/dev"]);
});

test("an unlimited limit is written exactly, a user's text is left alone", () => {
  const text = toJson({ hard: 2 ** 64, env: ['a":18446744073709552000}'] });
  expect(text).toBe('{"hard":18446744073709551615,"env":["a\\":18446744073709552000}"]}');
});
