import { errnoOf, messageOf } from "../base/errors.ts";

const unreachable = new Set([
  "ECONNREFUSED",
  "ENOENT",
  "ENOTDIR",
  "ENOTSOCK",
  // Bun's fetch
  "FailedToOpenSocket",
  "ConnectionRefused",
]);

/** What the user reads when the engine cannot be reached. */
export function connectionMessage(host: string, tls: boolean, error: unknown): string {
  const code = errnoOf(error);
  if (code !== undefined && unreachable.has(code))
    return `Cannot connect to the Gantry engine at ${host}. Is it running? Start it with: gantry daemon`;
  if (code === "EACCES" || code === "EPERM")
    return `permission denied while trying to connect to the Gantry engine at ${host}`;
  const hint =
    !tls && /HTTP|malformed|invalid/i.test(messageOf(error)) && host.startsWith("tcp:")
      ? ".\n* Are you trying to connect to a TLS-enabled daemon without TLS?"
      : "";
  // Bun's fetch adds advice for programmers.
  const reason = messageOf(error).replace(/ For more information, pass `verbose: true`.*$/s, "");
  return `error during connect: ${host}: ${reason}${hint}`;
}
