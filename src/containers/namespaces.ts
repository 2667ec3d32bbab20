import { EngineError } from "../base/errors.ts";
import type { Launch } from "../runtime/runtime-service.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { isRunning } from "./state.ts";

/** The namespaces to join: a file, `host`, or undefined for one of its own. */
export function namespacesOf(
  context: Pick<ContainersContext, "repository">,
  { hostConfig, network }: Container,
): Launch["namespaces"] {
  return {
    network: joined(context, hostConfig.NetworkMode, "network", "net") ?? network.SandboxKey,
    pid: joined(context, hostConfig.PidMode, "PID", "pid"),
    ipc: joined(context, hostConfig.IpcMode, "IPC", "ipc"),
    uts: hostConfig.UTSMode === "host" ? "host" : undefined,
  };
}

function joined(
  { repository }: Pick<ContainersContext, "repository">,
  mode: string | undefined,
  what: string,
  file: string,
): string | undefined {
  if (mode === "host") return "host";
  const owner = ownerOf(mode);
  if (owner === undefined) return undefined;
  const { id, state } = repository.find(owner);
  if (!isRunning(state)) {
    throw new EngineError("conflict", `cannot join ${what} of a non running container: ${id}`);
  }
  return `/proc/${state.pid}/ns/${file}`;
}

/** The container whose namespace is shared: `container:NAME`. */
export function ownerOf(mode: string | undefined): string | undefined {
  return mode?.startsWith("container:") ? mode.slice("container:".length) : undefined;
}
