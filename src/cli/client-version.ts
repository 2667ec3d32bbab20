import { buildTime, gitCommit, programVersion } from "../base/version.ts";
import { newestApiVersion } from "../client/engine-client.ts";
import type { CommandContext } from "./command.ts";
import { configDirectory } from "./config-file.ts";
import { ansicDate } from "./format/ansic-date.ts";
import { currentContext } from "./target.ts";

/** What the client says of itself in `version` and `info`, by docker's names. */
export interface ClientVersion {
  Version: string;
  ApiVersion?: string;
  DefaultAPIVersion: string;
  GitCommit: string;
  GoVersion: string;
  Os: string;
  Arch: string;
  BuildTime: string;
  Context: string;
}

const architectures: Record<string, string> = { x64: "amd64", ia32: "386" };

export function clientVersion(
  context: Pick<CommandContext, "config" | "globals" | "terminal">,
): ClientVersion {
  const { config, globals, terminal } = context;
  return {
    Version: programVersion,
    DefaultAPIVersion: newestApiVersion,
    GitCommit: gitCommit,
    // Go has no part in this client; scripts that read the field find the runtime instead.
    GoVersion: process.versions.bun === undefined ? `node ${process.version}` : `bun ${process.versions.bun}`,
    Os: process.platform,
    Arch: architectures[process.arch] ?? process.arch,
    BuildTime: ansicDate(buildTime),
    Context: currentContext({
      globals,
      env: terminal.env,
      config: config(),
      configDirectory: configDirectory(globals.string("config"), terminal.env),
    }),
  };
}

/** The API version both sides speak: the older of the two, or the one the user fixed. */
export function negotiatedVersion(
  server: string | undefined,
  env: Record<string, string | undefined>,
): string {
  const fixed = env.DOCKER_API_VERSION?.replace(/^v/, "");
  if (fixed) return fixed;
  if (!server) return newestApiVersion;
  return isOlder(server, newestApiVersion) ? server : newestApiVersion;
}

function isOlder(a: string, b: string): boolean {
  const [[aMajor = 0, aMinor = 0], [bMajor = 0, bMinor = 0]] = [
    a.split(".").map(Number),
    b.split(".").map(Number),
  ];
  return aMajor !== bMajor ? aMajor < bMajor : aMinor < bMinor;
}
