import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { cgroupLayout } from "../../linux/cgroup.ts";
import { checkCpuset } from "./cpuset.ts";
import { type LimitCheck, refuse } from "./limit-check.ts";

const nano = 1_000_000_000;

/** Processor time, shares and processors, in dockerd's order and words. */
export function checkCpu(check: LimitCheck): void {
  checkNanoCpus(check);
  checkShares(check);
  checkQuota(check);
  checkRealtime(check);
  checkSets(check);
}

function checkNanoCpus({ limits, support }: LimitCheck): void {
  const { NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0 } = limits;
  if (NanoCpus > 0 && CpuPeriod > 0)
    refuse("Conflicting options: Nano CPUs and CPU Period cannot both be set");
  if (NanoCpus > 0 && CpuQuota > 0) refuse("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
  if (NanoCpus > 0 && !support.cpuQuota) {
    refuse(
      "NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted",
    );
  }
  const processors = availableParallelism();
  if (NanoCpus < 0 || NanoCpus > processors * nano) {
    refuse(`range of CPUs is from 0.01 to ${processors}.00, as there are only ${processors} CPUs available`);
  }
}

function checkShares(check: LimitCheck): void {
  const { CpuShares = 0 } = check.limits;
  if (CpuShares < 0) refuse(`invalid CPU shares (${CpuShares}): value must be a positive integer`);
  check.need(
    check.support.cpuShares,
    ["CpuShares"],
    "Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.",
  );
}

function checkQuota(check: LimitCheck): void {
  check.need(
    check.support.cpuQuota,
    ["CpuPeriod", "CpuQuota"],
    "Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.",
  );
  const { CpuPeriod = 0, CpuQuota = 0 } = check.limits;
  if (CpuPeriod !== 0 && (CpuPeriod < 1000 || CpuPeriod > 1_000_000))
    refuse("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  if (CpuQuota > 0 && CpuQuota < 1000) refuse("CPU cfs quota can not be less than 1ms (i.e. 1000)");
}

function checkRealtime({ limits, support, update }: LimitCheck): void {
  if (update) return;
  const { CpuRealtimePeriod = 0, CpuRealtimeRuntime = 0 } = limits;
  if (CpuRealtimePeriod !== 0 && !support.cpuRealtime)
    refuse("Your kernel does not support cgroup cpu real-time period");
  if (CpuRealtimeRuntime !== 0 && !support.cpuRealtime)
    refuse("Your kernel does not support cgroup cpu real-time runtime");
  if (CpuRealtimePeriod !== 0 && CpuRealtimeRuntime > CpuRealtimePeriod)
    refuse("cpu real-time runtime cannot be higher than cpu real-time period");
}

function checkSets(check: LimitCheck): void {
  check.need(
    check.support.cpuset,
    ["CpusetCpus", "CpusetMems"],
    "Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.",
  );
  checkCpuset("cpus", check.limits.CpusetCpus ?? "", availableSet("cpus"));
  checkCpuset("mems", check.limits.CpusetMems ?? "", availableSet("mems"));
}

/** What the root group may use; undefined on a machine without cpusets. */
function availableSet(what: "cpus" | "mems"): string | undefined {
  const { version, unified, controllers } = cgroupLayout();
  const directory = version === 2 ? unified : controllers.get("cpuset");
  const file = version === 2 ? `cpuset.${what}.effective` : `cpuset.${what}`;
  try {
    return directory === undefined ? undefined : readFileSync(join(directory, file), "utf8").trim();
  } catch {
    return undefined;
  }
}
