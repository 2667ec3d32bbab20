import { join } from "node:path";
import type { ContainersContext } from "./context.ts";

/** The files of one container in the data root. */
export interface ContainerPaths {
  directory: string;
  rootfs: string;
  hostname: string;
  hosts: string;
  resolvConf: string;
  /** Of its output, in the engine's own form. */
  logs: string;
  /** Of its output in Docker's form, where the log driver is `json-file`. */
  jsonLog: string;
}

export function pathsOf({ defaults }: Pick<ContainersContext, "defaults">, id: string): ContainerPaths {
  const directory = join(defaults.directory, id);
  return {
    directory,
    rootfs: join(directory, "rootfs"),
    hostname: join(directory, "hostname"),
    hosts: join(directory, "hosts"),
    resolvConf: join(directory, "resolv.conf"),
    logs: join(directory, "logs"),
    jsonLog: join(directory, `${id}-json.log`),
  };
}
