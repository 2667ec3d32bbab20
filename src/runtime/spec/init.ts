import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { LaunchError } from "../runtime-error.ts";

/** Where `--init` finds its program inside the container. */
export const initTarget = "/sbin/docker-init";

/** Programs that forward signals and reap orphans, all with docker-init's command line (`-- COMMAND…`); static ones first. */
const candidates = ["docker-init", "tini-static", "catatonit", "tini"];
const fallbackPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The host's program for `--init`. Throws where there is none: the error says what to install. */
export function findInit(
  configured: string | undefined,
  searchPath = process.env.PATH ?? fallbackPath,
): string {
  if (configured !== undefined) return configured;
  for (const name of candidates) {
    for (const directory of searchPath.split(":")) {
      const path = join(directory === "" ? "." : directory, name);
      if (isExecutable(path)) return path;
    }
  }
  throw new LaunchError(
    "invalid",
    `exec: "docker-init": executable file not found in $PATH (install the package "tini", or name a program with init-path)`,
    127,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
