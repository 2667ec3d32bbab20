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

/**
 * What dockerd checks of a host configuration at create, with its messages; the rest is the runtime room's. Answers its
 * warnings.
 */
export function validateHostConfig(host: HostConfig, config: ContainerConfig): string[] {
  validateModes(host, config);
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
  return publishesInVain(host) ? ["Published ports are discarded when using host network mode"] : [];
}

function publishesInVain({ NetworkMode, PortBindings = {} }: HostConfig): boolean {
  return NetworkMode === "host" && Object.keys(PortBindings).length > 0;
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
