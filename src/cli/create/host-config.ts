import { parseCpus } from "../../spec/cpus.ts";
import {
  isCdiDevice,
  parseByteRate,
  parseDevice,
  parseOperationRate,
  parseWeightDevice,
} from "../../spec/device.ts";
import { checkIpAddress, parseExtraHost } from "../../spec/extra-host.ts";
import { pairsToMap } from "../../spec/key-value-file.ts";
import { parseMountFlag } from "../../spec/mount-flag.ts";
import { checkNamespaceFlag } from "../../spec/namespace-mode.ts";
import { parsePublish } from "../../spec/port.ts";
import { parseRestartPolicy } from "../../spec/restart-policy.ts";
import { parseBytes, parseSwapBytes } from "../../spec/size.ts";
import { parseSysctl } from "../../spec/sysctl.ts";
import { parseUlimit } from "../../spec/ulimit.ts";
import type { ParsedFlags } from "../command.ts";
import { parseUnsigned } from "../go-number.ts";
import { parseSearchDomain } from "./addresses.ts";
import { cut } from "./cut.ts";
import { parseGpus } from "./gpus.ts";
import type { NetworkAttachment } from "./network-flag.ts";
import { networkMode } from "./networking.ts";
import { capabilities, securityOptions } from "./security.ts";

export interface HostConfigInput {
  flags: ParsedFlags;
  binds: string[];
  attachments: readonly NetworkAttachment[];
  /** What relative paths start from. */
  directory: string;
  consoleSize: [rows: number, columns: number];
}

/** HostConfig with every field that docker's client sends, empty ones too. */
export function hostConfig(input: HostConfigInput) {
  const { flags, binds, attachments, directory } = input;
  const restart = parseRestartPolicy(flags.string("restart") ?? "no");
  if (flags.bool("rm") && !["", "no"].includes(restart.Name ?? ""))
    throw new Error("conflicting options: cannot specify both --restart and --rm");
  const text = (name: string) => flags.string(name) ?? "";
  const namespaceMode = (flag: "pid" | "uts" | "userns" | "cgroupns") => {
    checkNamespaceFlag(flag, text(flag));
    return text(flag);
  };
  return {
    Binds: orNull(binds),
    ContainerIDFile: text("cidfile"),
    LogConfig: logConfig(flags),
    NetworkMode: networkMode(attachments),
    PortBindings: parsePublish(flags.list("publish")).bindings,
    RestartPolicy: restart,
    AutoRemove: flags.bool("rm"),
    VolumeDriver: text("volume-driver"),
    VolumesFrom: orNull(flags.list("volumes-from")),
    ConsoleSize: input.consoleSize,
    CapAdd: capabilities(flags.list("cap-add")),
    CapDrop: capabilities(flags.list("cap-drop")),
    CgroupnsMode: namespaceMode("cgroupns"),
    Dns: flags.list("dns").map(checkIpAddress),
    DnsOptions: [...flags.list("dns-option"), ...flags.list("dns-opt")],
    DnsSearch: flags.list("dns-search").map(parseSearchDomain),
    ExtraHosts: orNull(flags.list("add-host").map(parseExtraHost)),
    GroupAdd: orNull(flags.list("group-add")),
    IpcMode: text("ipc"),
    Cgroup: "",
    Links: orNull(flags.list("link")),
    OomScoreAdj: flags.int("oom-score-adj") ?? 0,
    PidMode: namespaceMode("pid"),
    Privileged: flags.bool("privileged"),
    PublishAllPorts: flags.bool("publish-all"),
    ReadonlyRootfs: flags.bool("read-only"),
    UTSMode: namespaceMode("uts"),
    UsernsMode: namespaceMode("userns"),
    ShmSize: bytes(flags, "shm-size"),
    Isolation: text("isolation"),
    ...resources(flags),
    ...securityOptions(flags.list("security-opt")),
    ...optional(
      "Mounts",
      flags.list("mount").map((mount) => parseMountFlag(mount, directory)),
    ),
    ...optional("Tmpfs", pairsBy(":", flags.list("tmpfs"))),
    ...optional("Sysctls", Object.fromEntries(flags.list("sysctl").map(parseSysctl))),
    ...optional("Annotations", pairsToMap(flags.list("annotation"))),
    ...optional("StorageOpt", storageOptions(flags.list("storage-opt"))),
    ...(text("runtime") && { Runtime: text("runtime") }),
    ...(flags.has("init") && { Init: flags.bool("init") }),
  };
}

function resources(flags: ParsedFlags) {
  const text = (name: string) => flags.string(name) ?? "";
  const number = (name: string) => flags.int(name) ?? 0;
  const swappiness = flags.int("memory-swappiness") ?? -1;
  if (swappiness < -1 || swappiness > 100)
    throw new Error(`invalid value: ${swappiness}. Valid memory swappiness range is 0-100`);
  const devices = flags.list("device");
  return {
    CpuShares: number("cpu-shares"),
    Memory: bytes(flags, "memory"),
    NanoCpus: flags.has("cpus") ? parseCpus(text("cpus")) : 0,
    CgroupParent: text("cgroup-parent"),
    BlkioWeight: flags.has("blkio-weight") ? parseUnsigned(text("blkio-weight"), 16) : 0,
    BlkioWeightDevice: flags.list("blkio-weight-device").map(parseWeightDevice),
    BlkioDeviceReadBps: flags.list("device-read-bps").map(parseByteRate),
    BlkioDeviceWriteBps: flags.list("device-write-bps").map(parseByteRate),
    BlkioDeviceReadIOps: flags.list("device-read-iops").map(parseOperationRate),
    BlkioDeviceWriteIOps: flags.list("device-write-iops").map(parseOperationRate),
    CpuPeriod: number("cpu-period"),
    CpuQuota: number("cpu-quota"),
    CpuRealtimePeriod: number("cpu-rt-period"),
    CpuRealtimeRuntime: number("cpu-rt-runtime"),
    CpusetCpus: text("cpuset-cpus"),
    CpusetMems: text("cpuset-mems"),
    Devices: devices.filter((device) => !isCdiDevice(device)).map(parseDevice),
    DeviceCgroupRules: orNull(flags.list("device-cgroup-rule")),
    DeviceRequests: orNull(deviceRequests(flags, devices.filter(isCdiDevice))),
    MemoryReservation: bytes(flags, "memory-reservation"),
    MemorySwap: flags.has("memory-swap") ? parseSwapBytes(text("memory-swap")) : 0,
    MemorySwappiness: swappiness,
    OomKillDisable: flags.bool("oom-kill-disable"),
    PidsLimit: number("pids-limit"),
    Ulimits: ulimits(flags.list("ulimit")),
    CpuCount: number("cpu-count"),
    CpuPercent: number("cpu-percent"),
    IOMaximumIOps: number("io-maxiops"),
    IOMaximumBandwidth: bytes(flags, "io-maxbandwidth"),
  };
}

function deviceRequests(flags: ParsedFlags, cdiNames: string[]): object[] {
  const requests: object[] = flags.list("gpus").map(parseGpus);
  if (cdiNames.length > 0)
    requests.push({ Driver: "cdi", Count: 0, DeviceIDs: cdiNames, Capabilities: null, Options: null });
  return requests;
}

/** The last of each name counts; sorted by name. */
function ulimits(texts: readonly string[]) {
  const byName = new Map(texts.map(parseUlimit).map((limit) => [limit.Name, limit]));
  return [...byName.values()].sort((left, right) => (left.Name < right.Name ? -1 : 1));
}

function logConfig(flags: ParsedFlags) {
  const Type = flags.string("log-driver") ?? "";
  const options = flags.list("log-opt");
  if (Type === "none" && options.length > 0) throw new Error(`invalid logging opts for driver ${Type}`);
  return { Type, Config: pairsToMap(options) };
}

function storageOptions(options: readonly string[]): Record<string, string> {
  if (options.some((option) => !option.includes("="))) throw new Error("invalid storage option");
  return pairsToMap(options);
}

function bytes(flags: ParsedFlags, name: string): number {
  return flags.has(name) ? parseBytes(flags.string(name) ?? "") : 0;
}

function pairsBy(separator: string, texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => cut(text, separator)).map(([name, value]) => [name, value ?? ""]),
  );
}

export function orNull<T>(list: T[]): T[] | null {
  return list.length === 0 ? null : list;
}

/** The field, unless its value is empty. */
function optional<T extends object>(name: string, value: T): Record<string, T> {
  return Object.keys(value).length === 0 ? {} : { [name]: value };
}
