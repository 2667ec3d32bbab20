import { EngineError } from "../../base/errors.ts";
import { cgroupLayout } from "../../linux/cgroup.ts";
import type { HostConfig } from "../../spec/api/container.ts";
import type { NamespaceSpec, NamespaceType } from "../../spec/oci-runtime.ts";
import type { Launch } from "../runtime-service.ts";

/** The namespaces of a container: a private one each, one to join by its file, or none for the host's. */
export function containerNamespaces(
  launch: Pick<Launch, "namespaces" | "hostConfig" | "userNamespace">,
): NamespaceSpec[] {
  const { network, uts, pid, ipc } = launch.namespaces;
  return [
    // First: the others are made inside, and belong to it.
    ...(launch.userNamespace === undefined
      ? []
      : [{ type: "user" as const, path: launch.userNamespace.path }]),
    { type: "mount" },
    ...namespace("network", network),
    ...namespace("uts", uts),
    ...namespace("pid", pid),
    ...namespace("ipc", ipc),
    ...(usesPrivateCgroup(launch.hostConfig) ? [{ type: "cgroup" as const }] : []),
  ];
}

function namespace(type: NamespaceType, file: string | undefined): NamespaceSpec[] {
  if (file === "host") return [];
  return [file === undefined ? { type } : { type, path: file }];
}

/** Docker's default: private on cgroup v2, the host's on v1 and for privileged containers there. */
function usesPrivateCgroup({ CgroupnsMode }: HostConfig): boolean {
  if (CgroupnsMode === "private") return true;
  if (CgroupnsMode === "host") return false;
  return cgroupLayout().version === 2;
}

/** Modes that name no container and no namespace file. Throws Docker's errors. */
export function checkNamespaceModes(hostConfig: HostConfig): void {
  // dockerd looks for the owner's name only when the container starts.
  checkMode("IPC", hostConfig.IpcMode, ["", "none", "private", "shareable", "host", "container:"]);
  checkMode("PID", hostConfig.PidMode, ["", "host"]);
  checkMode("UTS", hostConfig.UTSMode, ["", "host"], false);
  const cgroup = hostConfig.CgroupnsMode as string | undefined;
  if (cgroup !== undefined && !["", "private", "host"].includes(cgroup)) {
    throw new EngineError("invalid", `invalid cgroup namespace mode: ${cgroup}`);
  }
}

function checkMode(what: string, mode: string | undefined, known: string[], joins = true): void {
  if (mode === undefined || known.includes(mode)) return;
  if (joins && /^container:.+/.test(mode)) return;
  throw new EngineError("invalid", `invalid ${what} mode: ${mode}`);
}
