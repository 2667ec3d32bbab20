import { EngineError } from "../base/errors.ts";
import type { ContainerConfig, HostConfig } from "../spec/api/container.ts";
import {
  parseCgroupnsMode,
  parseIpcMode,
  parsePidMode,
  parseUsernsMode,
  parseUtsMode,
} from "../spec/namespace-mode.ts";
import { checkRestartPolicy } from "../spec/restart-policy.ts";

const mebibyte = 1024 * 1024;

/** What the machine and the engine's settings allow. */
export interface HostLimits {
  cpus: number;
}

/** What dockerd checks of a host configuration at create and update, with its messages; the rest is the runtime room's. */
export function validateHostConfig(host: HostConfig, config: ContainerConfig, limits: HostLimits): void {
  validateModes(host, config);
  validateResources(host, limits);
  validateRestartPolicy(host);
  for (const entry of host.ExtraHosts ?? []) {
    if (!/^[^:=]+[:=].+$/.test(entry))
      refuse(`invalid extra host: bad format for add-host: ${JSON.stringify(entry)}`);
  }
  if (host.Isolation && host.Isolation !== "default") {
    refuse(`invalid isolation (${host.Isolation}): linux only supports 'default'`);
  }
  if (Object.keys(host.StorageOpt ?? {}).length > 0) {
    refuse("--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
  }
}

function validateModes(host: HostConfig, config: ContainerConfig): void {
  const network = host.NetworkMode ?? "";
  if (network === "container:") refuse("invalid network mode: invalid container format container:<name|id>");
  if (network.startsWith("container:")) {
    if (config.Hostname) refuse("conflicting options: hostname and the network mode");
    if ((host.Links ?? []).length > 0) {
      refuse(
        "conflicting options: container type network can't be used with links. This would result in undefined behavior",
      );
    }
    if ((host.Dns ?? []).length > 0) refuse("conflicting options: dns and the network mode");
    if ((host.ExtraHosts ?? []).length > 0) {
      refuse("conflicting options: custom host-to-IP mapping and the network mode");
    }
    if (Object.keys(host.PortBindings ?? {}).length > 0 || host.PublishAllPorts) {
      refuse("conflicting options: port publishing and the container type network mode");
    }
    if (Object.keys(config.ExposedPorts ?? {}).length > 0) {
      refuse("conflicting options: port exposing and the container type network mode");
    }
  }
  if (network === "host" && (host.Links ?? []).length > 0) {
    refuse(
      "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
    );
  }
  if (host.UTSMode === "host" && config.Hostname) refuse("conflicting options: hostname and the UTS mode");
  parseUtsMode(host.UTSMode ?? "");
  parsePidMode(host.PidMode ?? "");
  parseIpcMode(host.IpcMode ?? "");
  parseCgroupnsMode(host.CgroupnsMode ?? "");
  parseUsernsMode(host.UsernsMode ?? "");
}

function validateResources(host: HostConfig, limits: HostLimits): void {
  const memory = host.Memory ?? 0;
  const swap = host.MemorySwap ?? 0;
  if (memory !== 0 && memory < 6 * mebibyte) refuse("Minimum memory limit allowed is 6MB");
  if (memory > 0 && swap > 0 && swap < memory) {
    refuse("Minimum memoryswap limit should be larger than memory limit, see usage");
  }
  if (memory === 0 && swap > 0) {
    refuse("You should always set the Memory limit when using Memoryswap limit, see usage");
  }
  const swappiness = host.MemorySwappiness;
  if (swappiness !== undefined && swappiness !== -1 && (swappiness < 0 || swappiness > 100)) {
    refuse(`Invalid value: ${swappiness}, valid memory swappiness range is 0-100`);
  }
  const reservation = host.MemoryReservation ?? 0;
  if (reservation > 0 && reservation < 6 * mebibyte) refuse("Minimum memory reservation allowed is 6MB");
  if (memory > 0 && reservation > memory) {
    refuse("Minimum memory limit can not be less than memory reservation limit, see usage");
  }
  validateCpu(host, limits);
  const score = host.OomScoreAdj ?? 0;
  if (score < -1000 || score > 1000) {
    refuse(`Invalid value ${score}, range for oom score adj is [-1000, 1000]`);
  }
  const weight = host.BlkioWeight ?? 0;
  if (weight !== 0 && (weight < 10 || weight > 1000)) refuse("Range of blkio weight is from 10 to 1000");
  if ((host.ShmSize ?? 0) < 0) refuse("SHM size can not be less than 0");
}

function validateCpu(host: HostConfig, { cpus }: HostLimits): void {
  const nano = host.NanoCpus ?? 0;
  if (nano > 0 && (host.CpuPeriod ?? 0) > 0) {
    refuse("Conflicting options: Nano CPUs and CPU Period cannot both be set");
  }
  if (nano > 0 && (host.CpuQuota ?? 0) > 0) {
    refuse("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
  }
  if (nano < 0 || nano > cpus * 1e9) {
    refuse(`range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`);
  }
  if ((host.CpuShares ?? 0) < 0) {
    refuse(`invalid CPU shares (${host.CpuShares}): value must be a positive integer`);
  }
  const period = host.CpuPeriod ?? 0;
  if (period !== 0 && (period < 1000 || period > 1_000_000)) {
    refuse("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  }
  const quota = host.CpuQuota ?? 0;
  if (quota > 0 && quota < 1000) refuse("CPU cfs quota can not be less than 1ms (i.e. 1000)");
}

function validateRestartPolicy(host: HostConfig): void {
  const policy = host.RestartPolicy ?? {};
  checkRestartPolicy(policy);
  if (host.AutoRemove && policy.Name && policy.Name !== "no") {
    refuse("can't create 'AutoRemove' container with restart policy");
  }
}

function refuse(message: string): never {
  throw new EngineError("invalid", message);
}
