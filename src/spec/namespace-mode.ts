// Which namespace a container gets of each kind: HostConfig.{NetworkMode,PidMode,IpcMode,UTSMode,UsernsMode,CgroupnsMode}.
import { EngineError } from "../base/errors.ts";

/** `container` joins another container's; `private` is one's own. */
export type NamespaceMode = { kind: "private" | "host" } | { kind: "container"; container: string };

export type IpcMode = NamespaceMode | { kind: "none" | "shareable" };

export type NetworkMode =
  | { kind: "none" | "host" }
  | { kind: "container"; container: string }
  /** `bridge`, `default` (the same) or a network's name or id. */
  | { kind: "network"; network: string };

/** Throws `invalid` with dockerd's words, as all parsers here. */
export function parseNetworkMode(text: string): NetworkMode {
  if (text === "" || text === "default") return { kind: "network", network: "bridge" };
  if (text === "none" || text === "host") return { kind: text };
  const container = containerOf(text);
  if (container === undefined) return { kind: "network", network: text };
  if (container === "") {
    throw invalid("invalid network mode: invalid container format container:<name|id>");
  }
  return { kind: "container", container };
}

export function parsePidMode(text: string): NamespaceMode {
  const container = containerOf(text);
  if (container) return { kind: "container", container };
  return privateOrHost(text) ?? fail(`invalid PID mode: ${text}`);
}

export function parseIpcMode(text: string): IpcMode {
  if (text === "none" || text === "private" || text === "shareable") return { kind: text };
  const container = containerOf(text);
  if (container !== undefined) return { kind: "container", container };
  return privateOrHost(text) ?? fail(`invalid IPC mode: ${text}`);
}

export function parseUtsMode(text: string): NamespaceMode {
  return privateOrHost(text) ?? fail(`invalid UTS mode: ${text}`);
}

/** dockerd takes any text for "as the daemon is set up"; the command refuses what is not `host`. */
export function parseUsernsMode(text: string): NamespaceMode {
  return { kind: text === "host" ? "host" : "private" };
}

/** Empty leaves the choice to the engine: private on cgroup v2, host on v1. */
export function parseCgroupnsMode(text: string): NamespaceMode | undefined {
  if (text === "") return undefined;
  if (text === "private" || text === "host") return { kind: text };
  return fail(`invalid cgroup namespace mode: ${text}`);
}

/** The docker command's own check of `--pid`, `--uts`, `--userns` and `--cgroupns`, before the engine is asked. */
export function checkNamespaceFlag(flag: "pid" | "uts" | "userns" | "cgroupns", text: string): void {
  const words = { pid: "PID", uts: "UTS", userns: "USER", cgroupns: "CGROUP" };
  const good =
    text === "" ||
    text === "host" ||
    (flag === "cgroupns" && text === "private") ||
    (flag === "pid" && Boolean(containerOf(text)));
  if (!good) throw invalid(`--${flag}: invalid ${words[flag]} mode`);
}

function privateOrHost(text: string): NamespaceMode | undefined {
  if (text === "") return { kind: "private" };
  return text === "host" ? { kind: "host" } : undefined;
}

function containerOf(text: string): string | undefined {
  return text.startsWith("container:") ? text.slice("container:".length) : undefined;
}

function fail(message: string): never {
  throw invalid(message);
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
