import { EngineError } from "../base/errors.ts";
import type { HostConfig } from "../spec/api/container.ts";

/** What can be changed; the rest of an update's body is passed over, as dockerd does. */
const changeable = [
  "BlkioWeight",
  "BlkioDeviceReadBps",
  "BlkioDeviceWriteBps",
  "BlkioDeviceReadIOps",
  "BlkioDeviceWriteIOps",
  "CpuShares",
  "NanoCpus",
  "CpuPeriod",
  "CpuQuota",
  "CpuRealtimePeriod",
  "CpuRealtimeRuntime",
  "CpusetCpus",
  "CpusetMems",
  "Memory",
  "MemorySwap",
  "MemoryReservation",
  "MemorySwappiness",
] as const satisfies (keyof HostConfig)[];

/** A container's host configuration with the changes of an update. Throws where they contradict what is set, in dockerd's words. */
export function mergeUpdate(current: HostConfig, changes: HostConfig): HostConfig {
  refuseContradictions(current, changes);
  const { RestartPolicy, PidsLimit } = changes;
  return {
    ...current,
    ...Object.fromEntries(
      changeable.filter((field) => isGiven(changes[field])).map((field) => [field, changes[field]]),
    ),
    // The one limit for which 0 says something: no limit any more.
    ...(PidsLimit === undefined || PidsLimit === null ? {} : { PidsLimit }),
    ...(RestartPolicy?.Name ? { RestartPolicy } : {}),
  };
}

/** Clients send every field: zero and empty leave a limit as it is. Swappiness has a value for that, which is gone by now. */
function isGiven(value: HostConfig[(typeof changeable)[number]]): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== 0 && value !== "";
}

function refuseContradictions(current: HostConfig, changes: HostConfig): void {
  if (isLimit(changes.NanoCpus) && isLimit(current.CpuPeriod))
    contradicts("Nano CPUs cannot be updated as CPU Period has already been set");
  if (isLimit(changes.NanoCpus) && isLimit(current.CpuQuota))
    contradicts("Nano CPUs cannot be updated as CPU Quota has already been set");
  if (isLimit(changes.CpuPeriod) && isLimit(current.NanoCpus))
    contradicts("CPU Period cannot be updated as NanoCPUs has already been set");
  if (isLimit(changes.CpuQuota) && isLimit(current.NanoCpus))
    contradicts("CPU Quota cannot be updated as NanoCPUs has already been set");
  refuseMemoryAboveSwap(current, changes);
  const { Name = "" } = changes.RestartPolicy ?? {};
  if (current.AutoRemove === true && Name !== "" && Name !== "no") {
    throw new EngineError(
      "conflict",
      "Restart policy cannot be updated because AutoRemove is enabled for the container",
    );
  }
}

function refuseMemoryAboveSwap(current: HostConfig, { Memory = 0, MemorySwap = 0 }: HostConfig): void {
  if (Memory === 0 || MemorySwap !== 0 || Memory <= (current.MemorySwap ?? 0)) return;
  throw new EngineError(
    "conflict",
    "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time",
  );
}

function contradicts(what: string): never {
  throw new EngineError("conflict", `Conflicting options: ${what}`);
}

function isLimit(value: number | undefined): boolean {
  return (value ?? 0) > 0;
}
