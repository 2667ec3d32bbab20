import { LaunchError } from "../runtime-error.ts";
import type { Launch } from "../runtime-service.ts";

/** Values of namespaces of its own that Docker sets so that programs need no capability for them. */
const openPorts = { "net.ipv4.ip_unprivileged_port_start": "0" };
const openPing = { "net.ipv4.ping_group_range": "0 2147483647" };

const ipcSysctls = new Set([
  "kernel.msgmax",
  "kernel.msgmnb",
  "kernel.msgmni",
  "kernel.sem",
  "kernel.shmall",
  "kernel.shmmax",
  "kernel.shmmni",
  "kernel.shm_rmid_forced",
]);

/**
 * The sysctls of a container. Of a namespace it shares with the host, a setting would be the host's own: refused in
 * runc's words, since crun words it differently.
 */
export function containerSysctls(
  launch: Pick<Launch, "config" | "hostConfig" | "namespaces" | "userNamespace">,
): Record<string, string> {
  const { namespaces, hostConfig, config } = launch;
  const asked = hostConfig.Sysctls ?? {};
  const domain: Record<string, string> = config.Domainname ? { "kernel.domainname": config.Domainname } : {};
  for (const name of Object.keys({ ...domain, ...asked })) checkSysctl(name, namespaces);
  return {
    ...(namespaces.network === "host" || joinsContainer(hostConfig.NetworkMode) ? {} : friendly(launch)),
    ...domain,
    ...asked,
  };
}

/** Groups that a user namespace does not have cannot be named in it: dockerd leaves ping to capabilities there. */
function friendly({ userNamespace }: Pick<Launch, "userNamespace">): Record<string, string> {
  return userNamespace === undefined ? { ...openPorts, ...openPing } : openPorts;
}

function joinsContainer(networkMode: string | undefined): boolean {
  return networkMode?.startsWith("container:") ?? false;
}

function checkSysctl(name: string, namespaces: Launch["namespaces"]): void {
  const prefix =
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: ";
  if (name.startsWith("net.")) {
    if (namespaces.network !== "host") return;
    throw new LaunchError("invalid", `${prefix}sysctl "${name}" not allowed in host network namespace`, 128);
  }
  if (ipcSysctls.has(name) || name.startsWith("fs.mqueue.")) {
    if (namespaces.ipc !== "host") return;
    throw new LaunchError(
      "invalid",
      `${prefix}sysctl "${name}" is not allowed in the hosts ipc namespace`,
      128,
    );
  }
  if (name === "kernel.domainname" && namespaces.uts !== "host") return;
  throw new LaunchError("invalid", `${prefix}sysctl "${name}" is not in a separate kernel namespace`, 128);
}
