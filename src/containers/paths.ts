import { join } from "node:path";
import type { ContainersContext } from "./context.ts";

/** The files of one container in the data root. */
export interface ContainerPaths {
  directory: string;
  rootfs: string;
  hostname: string;
  hosts: string;
  resolvConf: string;
  log: string;
}

export function pathsOf({ defaults }: Pick<ContainersContext, "defaults">, id: string): ContainerPaths {
  const directory = join(defaults.directory, id);
  return {
    directory,
    rootfs: join(directory, "rootfs"),
    hostname: join(directory, "hostname"),
    hosts: join(directory, "hosts"),
    resolvConf: join(directory, "resolv.conf"),
    log: join(directory, `${id}.log`),
  };
}
