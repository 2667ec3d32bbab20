import { EngineError } from "../base/errors.ts";
import type { Launch } from "../runtime/runtime-service.ts";
import type { HostConfig } from "../spec/api/container.ts";
import type { Container } from "./container.ts";
import type { ContainerRepository } from "./repository.ts";
import { isRunning } from "./state.ts";

/** The namespaces to join: a file, `host`, or undefined for one of its own. */
export function namespacesOf(
  { repository }: { repository: ContainerRepository },
  { hostConfig, network }: Container,
): Launch["namespaces"] {
  return {
    network: joinedNetwork(repository, hostConfig.NetworkMode) ?? network.SandboxKey,
    pid: joinedProcesses(repository, hostConfig.PidMode),
    ipc: joinedIpc(repository, hostConfig.IpcMode),
    uts: hostConfig.UTSMode === "host" ? "host" : undefined,
  };
}

/** The container whose namespace is shared: `container:NAME`. */
export function ownerOf(mode: string | undefined): string | undefined {
  return mode?.startsWith("container:") ? mode.slice("container:".length) : undefined;
}

/**
 * The host configuration with ids for the names of containers whose namespaces are shared, so that renaming one does
 * not part them. Only that of a network may be missing until the start.
 */
export function withNamespaceOwners(repository: ContainerRepository, host: HostConfig): HostConfig {
  return {
    ...host,
    NetworkMode: withOwner(host.NetworkMode, (name) => repository.search(name)),
    PidMode: withOwner(host.PidMode, (name) => repository.named(name)),
    IpcMode: withOwner(host.IpcMode, (name) => repository.named(name)),
  };
}

function withOwner(
  mode: string | undefined,
  find: (name: string) => Container | undefined,
): string | undefined {
  const name = ownerOf(mode);
  const owner = name ? find(name) : undefined;
  return owner === undefined ? mode : `container:${owner.id}`;
}

function joinedNetwork(repository: ContainerRepository, mode: string | undefined): string | undefined {
  if (mode === "host") return "host";
  const name = ownerOf(mode);
  if (name === undefined) return undefined;
  const owner = repository.search(name);
  if (owner === undefined) {
    throw new EngineError("internal", `joining network namespace of container: No such container: ${name}`);
  }
  if (isRunning(owner.state)) return namespaceFile(owner, "net");
  throw new EngineError(
    "conflict",
    `cannot join network namespace of a non running container: container ${owner.name} is ${owner.state.status}`,
  );
}

function joinedProcesses(repository: ContainerRepository, mode: string | undefined): string | undefined {
  if (mode === "host") return "host";
  const name = ownerOf(mode);
  if (name === undefined) return undefined;
  const owner = repository.find(name);
  if (isRunning(owner.state)) return namespaceFile(owner, "pid");
  throw new EngineError("conflict", `failed to join PID namespace: container ${owner.id} is not running`);
}

function joinedIpc(repository: ContainerRepository, mode: string | undefined): string | undefined {
  if (mode === "host") return "host";
  const name = ownerOf(mode);
  if (name === undefined) return undefined;
  const problem = "failed to join IPC namespace";
  if (name === "") throw new EngineError("invalid", `${problem}: invalid name or ID supplied: ""`);
  const owner = repository.find(name);
  if (!isRunning(owner.state)) {
    throw new EngineError("conflict", `${problem}: container ${owner.id} is not running`);
  }
  if (owner.hostConfig.IpcMode !== "shareable") {
    const hint = "(hint: use IpcMode:shareable for the donor container)";
    throw new EngineError("invalid", `${problem}: container ${owner.id}: non-shareable IPC ${hint}`);
  }
  return namespaceFile(owner, "ipc");
}

function namespaceFile({ state }: Container, file: string): string {
  return `/proc/${state.pid}/ns/${file}`;
}
