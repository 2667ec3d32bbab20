import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { EngineError, errnoOf } from "../../base/errors.ts";
import type { DeviceMapping, HostConfig } from "../../spec/api/container.ts";
import type { DeviceRule, DeviceSpec } from "../../spec/oci-runtime.ts";

export interface Devices {
  nodes: DeviceSpec[];
  rules: DeviceRule[];
}

const all = "rwm";

/** Docker's allow list: everything is closed, then the nodes every container has are opened. */
const defaultRules: DeviceRule[] = [
  { allow: false, access: all },
  ...[
    [1, 5], // zero
    [1, 3], // null
    [1, 9], // urandom
    [1, 8], // random
    [5, 0], // tty
    [5, 1], // console
  ].map(([major = 0, minor = 0]): DeviceRule => ({ allow: true, type: "c", major, minor, access: all })),
  { allow: false, type: "c", major: 10, minor: 229, access: all }, // fuse
];

/** Device nodes to make in the container and the rules of its device cgroup. Throws Docker's errors. */
export function containerDevices(hostConfig: HostConfig): Devices {
  if (hostConfig.Privileged === true) return { nodes: hostDevices(), rules: [{ allow: true, access: all }] };
  const devices: Devices = { nodes: [], rules: [...defaultRules] };
  for (const mapping of hostConfig.Devices ?? []) addMapping(mapping, devices);
  for (const rule of hostConfig.DeviceCgroupRules ?? []) devices.rules.push(parseDeviceRule(rule));
  return devices;
}

/** `TYPE MAJOR:MINOR ACCESS`, numbers or `*`. */
export function parseDeviceRule(text: string): DeviceRule {
  const match = /^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$/.exec(text);
  if (match === null) throw new EngineError("invalid", `invalid device cgroup rule format: '${text}'`);
  const [, type = "", major = "", minor = "", access = ""] = match;
  const rule: DeviceRule = { allow: true, type: type as "a" | "b" | "c", access };
  if (major !== "*") rule.major = Number(major);
  if (minor !== "*") rule.minor = Number(minor);
  return rule;
}

/** Of a directory, every device below it is taken; other files are passed over. */
function addMapping(mapping: DeviceMapping, into: Devices): void {
  const host = mapping.PathOnHost ?? "";
  const inside =
    mapping.PathInContainer === undefined || mapping.PathInContainer === "" ? host : mapping.PathInContainer;
  const access =
    mapping.CgroupPermissions === undefined || mapping.CgroupPermissions === ""
      ? all
      : mapping.CgroupPermissions;
  const nodes = statOf(host).isDirectory()
    ? devicesBelow(realpathSync(host), inside)
    : [singleDevice(host, inside)];
  if (nodes.length === 0) throw gatheringError(host, "no device found");
  for (const node of nodes) {
    into.nodes.push(node);
    into.rules.push({
      allow: true,
      type: node.type === "b" ? "b" : "c",
      major: node.major,
      minor: node.minor,
      access,
    });
  }
}

function singleDevice(host: string, inside: string): DeviceSpec {
  const node = deviceSpec(statOf(host), inside);
  if (node === undefined) throw gatheringError(host, "not a device node");
  return node;
}

function statOf(host: string): Stats {
  try {
    return statSync(host);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") throw gatheringError(host, "no such file or directory");
    throw error;
  }
}

function gatheringError(host: string, problem: string): EngineError {
  return new EngineError(
    "invalid",
    `error gathering device information while adding custom device ${JSON.stringify(host)}: ${problem}`,
  );
}

/** Every device of the host, as `--privileged` gets them. */
function hostDevices(): DeviceSpec[] {
  return devicesBelow("/dev", "/dev");
}

/** What runtimes make themselves, and file systems that live in /dev. */
const skippedDirectories = new Set(["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev"]);

function devicesBelow(directory: string, inside: string): DeviceSpec[] {
  const found: DeviceSpec[] = [];
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    const target = join(inside, entry.name);
    if (entry.isDirectory()) {
      if (!skippedDirectories.has(entry.name)) found.push(...devicesBelow(path, target));
    } else if (entry.name !== "console" && (entry.isCharacterDevice() || entry.isBlockDevice())) {
      const node = deviceSpec(lstatSync(path), target);
      if (node !== undefined) found.push(node);
    }
  }
  return found;
}

function deviceSpec(status: Stats, path: string): DeviceSpec | undefined {
  const type = status.isBlockDevice() ? "b" : status.isCharacterDevice() ? "c" : undefined;
  if (type === undefined) return undefined;
  const { major, minor } = deviceNumbers(status.rdev);
  return { path, type, major, minor, fileMode: status.mode & 0o777, uid: status.uid, gid: status.gid };
}

/** makedev(3) of glibc: 12 + 20 bits, interleaved. */
export function deviceNumbers(rdev: number): { major: number; minor: number } {
  const device = BigInt(rdev);
  return {
    major: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn)),
    minor: Number((device & 0xffn) | ((device >> 12n) & ~0xffn)),
  };
}

/** Numbers of the block device at a host path: for `--device-read-bps` and its kin. */
export function blockDevice(path: string): { major: number; minor: number } {
  try {
    return deviceNumbers(statSync(path).rdev);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") {
      throw new EngineError("invalid", `stat ${path}: no such file or directory`);
    }
    throw error;
  }
}
