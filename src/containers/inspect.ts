import type { ContainerInspectResponse, Health, HostConfig } from "../spec/api/container.ts";
import { type Container, neverTime } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { hostFilesOwner } from "./host-files.ts";
import { linksView } from "./links/link.ts";
import { pathsOf } from "./paths.ts";
import { mountPoints } from "./plan-mounts.ts";
import { isRunning } from "./state.ts";
import { systemPaths } from "../runtime/spec/system-paths.ts";

/** What GET /containers/{id}/json tells of a container; the API room adds the fields nobody set. */
export function inspectContainer(context: ContainersContext, container: Container): ContainerInspectResponse {
  const { id, state, config } = container;
  const [path = "", ...args] = container.args;
  const started = state.startedAt !== neverTime || state.error !== "";
  const files = pathsOf(context, hostFilesOwner(context, container).id);
  return {
    Id: id,
    Created: container.createdAt,
    Path: path,
    Args: args,
    State: {
      Status: state.status,
      Running: isRunning(state) || state.status === "restarting",
      Paused: state.status === "paused",
      Restarting: state.status === "restarting",
      OOMKilled: state.oomKilled,
      Dead: state.status === "dead",
      Pid: state.pid,
      ExitCode: state.exitCode,
      Error: state.error,
      StartedAt: state.startedAt,
      FinishedAt: state.finishedAt,
      ...healthView(context, id),
      // Docker's clients pass it over; `inspect` of any client prints it.
      ...(state.reason && { Reason: state.reason }),
    },
    Image: container.imageId,
    ResolvConfPath: started ? files.resolvConf : "",
    HostnamePath: started ? files.hostname : "",
    HostsPath: started ? files.hosts : "",
    LogPath: started && container.hostConfig.LogConfig?.Type === "json-file" ? files.jsonLog : "",
    Name: `/${container.name}`,
    RestartCount: container.restartCount,
    Driver: "overlay2",
    Platform: container.platform,
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: started ? context.runtime.appArmorProfile(container.hostConfig) : "",
    ExecIDs: runningExecs(context, id),
    HostConfig: hostConfigView(context, container),
    GraphDriver: container.graphDriver,
    Mounts: mountPoints(context, container),
    Config: config,
    NetworkSettings: container.network,
  };
}

/** Absent without a check, and until its first start. */
function healthView({ healthRecords }: ContainersContext, id: string): { Health?: Health } {
  const health = healthRecords.of(id);
  if (health === undefined) return {};
  const Log = health.log.map(({ start, end, exitCode, output }) => ({
    Start: start,
    End: end,
    ExitCode: exitCode,
    Output: output,
  }));
  return { Health: { Status: health.status, FailingStreak: health.failingStreak, Log } };
}

function runningExecs(context: ContainersContext, id: string): string[] | null {
  const running = context.live.execs.of(id).filter(({ state }) => state === "running");
  return running.length === 0 ? null : running.map((exec) => exec.id);
}

/** As recorded, with the paths that are hidden or read-only by default. */
function hostConfigView({ repository }: ContainersContext, container: Container): HostConfig {
  const { Links: _asGiven, ...host } = container.hostConfig;
  const { maskedPaths, readonlyPaths } = systemPaths(host);
  const Links = linksView(repository, container);
  return { ...host, ...(Links && { Links }), MaskedPaths: maskedPaths, ReadonlyPaths: readonlyPaths };
}
