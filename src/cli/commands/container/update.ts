import { updateContainer } from "../../../client/containers.ts";
import type { HostConfig } from "../../../spec/api/container.ts";
import { parseCpus } from "../../../spec/cpus.ts";
import { parseRestartPolicy } from "../../../spec/restart-policy.ts";
import { parseBytes, parseSwapBytes } from "../../../spec/size.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { forEachAtOnce, showDone } from "../../for-each-at-once.ts";
import { parseUnsigned } from "../../go-number.ts";

// biome-ignore format: a table
const flags: Command["flags"] = [
  { name: "blkio-weight", kind: "string", value: "uint16", default: "0", summary: "Block IO (relative weight), between 10 and 1000, or 0 to disable", check: (value) => void parseUnsigned(value, 16) },
  { name: "cpu-period", kind: "int", summary: "Limit CPU CFS (Completely Fair Scheduler) period" },
  { name: "cpu-quota", kind: "int", summary: "Limit CPU CFS (Completely Fair Scheduler) quota" },
  { name: "cpu-rt-period", kind: "int", summary: "Limit the CPU real-time period in microseconds" },
  { name: "cpu-rt-runtime", kind: "int", summary: "Limit the CPU real-time runtime in microseconds" },
  { name: "cpu-shares", short: "c", kind: "int", summary: "CPU shares (relative weight)" },
  { name: "cpus", kind: "string", value: "decimal", summary: "Number of CPUs", check: parseCpus },
  { name: "cpuset-cpus", kind: "string", summary: "CPUs in which to allow execution (0-3, 0,1)" },
  { name: "cpuset-mems", kind: "string", summary: "MEMs in which to allow execution (0-3, 0,1)" },
  { name: "kernel-memory", kind: "string", value: "bytes", summary: "Kernel memory limit (deprecated)", hidden: true, check: parseBytes },
  { name: "memory", short: "m", kind: "string", value: "bytes", summary: "Memory limit", check: parseBytes },
  { name: "memory-reservation", kind: "string", value: "bytes", summary: "Memory soft limit", check: parseBytes },
  { name: "memory-swap", kind: "string", value: "bytes", summary: "Swap limit equal to memory plus swap: -1 to enable unlimited swap", check: parseSwapBytes },
  { name: "pids-limit", kind: "int", summary: "Tune container pids limit (set -1 for unlimited)" },
  { name: "restart", kind: "string", summary: "Restart policy to apply when a container exits" },
];

export const command: Command = {
  names: ["container update", "update"],
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Update configuration of one or more containers",
  flags,
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "container",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { args, client, terminal } = context;
  if (!flags.some((flag) => context.flags.has(flag.name)))
    throw new CommandError("you must provide one or more flags when using this command");
  const changes = changesOf(context);
  const warnings: string[] = [];
  const update = async (name: string) => {
    warnings.push(...((await updateContainer(client(), name, changes)).Warnings ?? []));
  };
  await forEachAtOnce(args, update, showDone(context));
  if (warnings.length > 0) terminal.out(`${warnings.join("\n")}\n`);
  return 0;
}

/** Everything the endpoint knows, zero where nothing was asked for: what docker's client sends. */
function changesOf({ flags }: CommandContext): Partial<HostConfig> {
  const number = (name: string) => flags.int(name) ?? 0;
  const bytes = (name: string) => (flags.has(name) ? parseBytes(flags.string(name) ?? "") : 0);
  const { Name, MaximumRetryCount } = parseRestartPolicy(flags.string("restart") ?? "");
  const changes = {
    CpuShares: number("cpu-shares"),
    Memory: bytes("memory"),
    NanoCpus: flags.has("cpus") ? parseCpus(flags.string("cpus") ?? "") : 0,
    CgroupParent: "",
    BlkioWeight: flags.has("blkio-weight") ? parseUnsigned(flags.string("blkio-weight") ?? "", 16) : 0,
    BlkioWeightDevice: null,
    BlkioDeviceReadBps: null,
    BlkioDeviceWriteBps: null,
    BlkioDeviceReadIOps: null,
    BlkioDeviceWriteIOps: null,
    CpuPeriod: number("cpu-period"),
    CpuQuota: number("cpu-quota"),
    CpuRealtimePeriod: number("cpu-rt-period"),
    CpuRealtimeRuntime: number("cpu-rt-runtime"),
    CpusetCpus: flags.string("cpuset-cpus") ?? "",
    CpusetMems: flags.string("cpuset-mems") ?? "",
    Devices: null,
    DeviceCgroupRules: null,
    DeviceRequests: null,
    MemoryReservation: bytes("memory-reservation"),
    MemorySwap: flags.has("memory-swap") ? parseSwapBytes(flags.string("memory-swap") ?? "") : 0,
    MemorySwappiness: null,
    OomKillDisable: null,
    PidsLimit: flags.int("pids-limit") ?? null,
    Ulimits: null,
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    RestartPolicy: { Name, MaximumRetryCount },
  };
  return changes as unknown as Partial<HostConfig>;
}
