import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Where this room keeps its volatile state: below the engine's exec root, gone with a reboot, as its processes are. */
export interface RuntimePaths {
  /** The OCI runtimes' own state: one directory a container. */
  state: string;
  /** conmon writes the exit code of each container into a file of its id. */
  exits: string;
  /** A link of each container's id to its directory, from before anything of it runs until all of it is given back. */
  bundles: string;
  /** Compiled seccomp filters. */
  filters: string;
  /** conmon's console sockets. */
  temporary: string;
}

export function runtimePaths(execRoot: string): RuntimePaths {
  const root = join(execRoot, "runtime");
  return {
    state: join(root, "state"),
    exits: join(root, "exits"),
    bundles: join(root, "bundles"),
    filters: join(root, "filters"),
    temporary: join(root, "tmp"),
  };
}

export function makeRuntimePaths(paths: RuntimePaths): void {
  for (const path of Object.values(paths)) mkdirSync(path as string, { recursive: true, mode: 0o700 });
}
