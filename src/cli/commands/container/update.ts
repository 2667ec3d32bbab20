import { updateContainer } from "../../../client/containers.ts";
import type { HostConfig } from "../../../spec/api/container.ts";
import { parseCpus } from "../../../spec/cpus.ts";
import { parseRestartPolicy } from "../../../spec/restart-policy.ts";
import { parseBytes, parseSwapBytes } from "../../../spec/size.ts";
import {
  type Command,
  type CommandContext,
  CommandError,
  type Flag,
  type ParsedFlags,
} from "../../command.ts";
import { forEachArgument } from "../../for-each.ts";
import { parseUnsigned } from "../../go-number.ts";

// biome-ignore format: a table
const flags: readonly Flag[] = [
  { name: "blkio-weight", kind: "int", value: "uint16", default: "0", check: checkWeight, summary: "Block IO (relative weight), between 10 and 1000, or 0 to disable" },
  { name: "cpu-period", kind: "int", summary: "Limit CPU CFS (Completely Fair Scheduler) period" },
  { name: "cpu-quota", kind: "int", summary: "Limit CPU CFS (Completely Fair Scheduler) quota" },
  { name: "cpu-rt-period", kind: "int", summary: "Limit the CPU real-time period in microseconds" },
  { name: "cpu-rt-runtime", kind: "int", summary: "Limit the CPU real-time runtime in microseconds" },
  { name: "cpu-shares", short: "c", kind: "int", summary: "CPU shares (relative weight)" },
  { name: "cpus", kind: "string", value: "decimal", check: parseCpus, summary: "Number of CPUs" },
  { name: "cpuset-cpus", kind: "string", summary: "CPUs in which to allow execution (0-3, 0,1)" },
  { name: "cpuset-mems", kind: "string", summary: "MEMs in which to allow execution (0-3, 0,1)" },
  { name: "kernel-memory", kind: "string", value: "bytes", check: parseBytes, summary: "Kernel memory limit (deprecated)", hidden: true },
  { name: "memory", short: "m", kind: "string", value: "bytes", check: parseBytes, summary: "Memory limit" },
  { name: "memory-reservation", kind: "string", value: "bytes", check: parseBytes, summary: "Memory soft limit" },
  { name: "memory-swap", kind: "string", value: "bytes", check: parseSwapBytes, summary: "Swap limit equal to memory plus swap: -1 to enable unlimited swap" },
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

async function run({ flags: given, args, client, terminal }: CommandContext): Promise<number> {
  if (!flags.some(({ name }) => given.has(name)))
    throw new CommandError("you must provide one or more flags when using this command");
  const changes = changesIn(given);
  const warnings: string[] = [];
  try {
    await forEachArgument(args, async (id) => {
      const { Warnings } = await updateContainer(client(), id, changes);
      terminal.out(`${id}\n`);
      warnings.push(...(Warnings ?? []));
    });
  } finally {
    for (const warning of warnings) terminal.out(`${warning}\n`);
  }
  return 0;
}

/** Zeros and empty texts leave a setting as it is. */
function changesIn(given: ParsedFlags): HostConfig {
  const text = (name: string) => given.string(name) ?? "";
  const number = (name: string) => given.int(name) ?? 0;
  const bytes = (name: string) => (given.has(name) ? parseBytes(text(name)) : 0);
  return {
    BlkioWeight: number("blkio-weight"),
    CpuPeriod: number("cpu-period"),
    CpuQuota: number("cpu-quota"),
    CpuRealtimePeriod: number("cpu-rt-period"),
    CpuRealtimeRuntime: number("cpu-rt-runtime"),
    CpuShares: number("cpu-shares"),
    CpusetCpus: text("cpuset-cpus"),
    CpusetMems: text("cpuset-mems"),
    ...(bytes("kernel-memory") > 0 && { KernelMemory: bytes("kernel-memory") }),
    Memory: bytes("memory"),
    MemoryReservation: bytes("memory-reservation"),
    MemorySwap: given.has("memory-swap") ? parseSwapBytes(text("memory-swap")) : 0,
    NanoCpus: given.has("cpus") ? parseCpus(text("cpus")) : 0,
    PidsLimit: number("pids-limit") || null,
    RestartPolicy: text("restart") === "" ? {} : parseRestartPolicy(text("restart")),
  };
}

function checkWeight(text: string): void {
  parseUnsigned(text, 16);
}
