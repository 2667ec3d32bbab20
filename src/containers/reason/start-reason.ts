import { readdirSync } from "node:fs";
import { posix } from "node:path";
import { messageOf } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { withPathInRoot } from "../../linux/rootpath.ts";

/** Directories with more than that are no place to look for a misspelt command. */
const mostEntries = 10_000;

/** Why a container could not be started, in one line. `root`: its mounted file system, if it came so far. */
export function startReason(
  error: unknown,
  { command, env, root }: { command: string; env: readonly string[]; root: string },
): string {
  const message = messageOf(error);
  if (!/executable file not found|no such file or directory/i.test(message) || !message.includes("exec: "))
    return lastPart(message);
  const meant = nearest(posix.basename(command), candidates(command, env, root));
  const wrong = `command not found: ${command}`;
  if (meant === undefined) return wrong;
  const name = command.includes("/") ? posix.join(posix.dirname(command), meant) : meant;
  return `${wrong}: did you mean ${name}?`;
}

/** dockerd's messages tell the whole way down to what is wrong, which comes last. */
function lastPart(message: string): string {
  return message.replace(/^.*error during container init: /s, "").split("\n", 1)[0] ?? "";
}

function candidates(command: string, env: readonly string[], root: string): string[] {
  const path = env.find((variable) => variable.startsWith("PATH="))?.slice("PATH=".length) ?? "";
  const directories = command.includes("/") ? [posix.dirname(command)] : path.split(":").filter(Boolean);
  return directories.flatMap((directory) => namesIn(root, directory));
}

function namesIn(root: string, directory: string): string[] {
  try {
    return withPathInRoot(root, directory, (path) => readdirSync(path)).slice(0, mostEntries);
  } catch {
    // Not there, or not mounted: then it holds nothing that could have been meant.
    return [];
  }
}
