// HostConfig.SecurityOpt, on both sides: what the command makes of `--security-opt`, and what the engine reads.
import { EngineError, messageOf } from "../base/errors.ts";
import { parseBool } from "./boolean.ts";

export interface SecurityOptions {
  labels: string[];
  /** Profile name; undefined leaves it to the engine. */
  apparmor?: string;
  /** `unconfined`, `builtin` or the profile's JSON; undefined leaves it to the engine. */
  seccomp?: string;
  noNewPrivileges: boolean;
  writableCgroups?: boolean;
}

/** The engine's reading. Throws `invalid` with dockerd's words. */
export function parseSecurityOptions(texts: readonly string[]): SecurityOptions {
  const options: SecurityOptions = { labels: [], noNewPrivileges: false };
  for (const text of texts) {
    if (text === "no-new-privileges") options.noNewPrivileges = true;
    else if (text === "disable") options.labels.push("disable");
    else readOption(options, text);
  }
  return options;
}

/** What `--security-opt` becomes in a request. `systempaths=unconfined` is the command's own word for two other fields. */
export interface SecurityFlags {
  securityOpt: string[];
  maskedPaths?: string[];
  readonlyPaths?: string[];
}

/** `readFile` reads the seccomp profile that a flag names. Throws `invalid` with the docker command's words. */
export function parseSecurityFlags(
  texts: readonly string[],
  readFile: (path: string) => string,
): SecurityFlags {
  const open = texts.includes("systempaths=unconfined");
  const securityOpt = texts
    .filter((text) => text !== "systempaths=unconfined")
    .map((text) => securityFlag(text, readFile));
  return { securityOpt, ...(open && { maskedPaths: [], readonlyPaths: [] }) };
}

function readOption(options: SecurityOptions, text: string): void {
  const [name, value] = splitOption(text) ?? [];
  if (name === undefined || value === undefined) {
    throw invalid(`invalid --security-opt 1: ${JSON.stringify(text)}`);
  }
  const flag = () => parseBool(value) ?? fail(`invalid --security-opt 2: ${JSON.stringify(text)}`);
  switch (name) {
    case "label":
      options.labels.push(value);
      return;
    case "apparmor":
      options.apparmor = value;
      return;
    case "seccomp":
      options.seccomp = value;
      return;
    case "no-new-privileges":
      options.noNewPrivileges = flag();
      return;
    case "writable-cgroups":
      options.writableCgroups = flag();
      return;
    default:
      throw invalid(`invalid --security-opt 2: ${JSON.stringify(text)}`);
  }
}

function securityFlag(text: string, readFile: (path: string) => string): string {
  if (text === "no-new-privileges") return text;
  const [name, value = ""] = splitOption(text) ?? [];
  const valueless = value === "" && name !== "no-new-privileges";
  if (name === undefined || valueless) throw invalid(`Invalid --security-opt: ${JSON.stringify(text)}`);
  if (name !== "seccomp" || value === "builtin" || value === "unconfined") return text;
  return `seccomp=${compactProfile(value, readFile)}`;
}

function compactProfile(path: string, readFile: (path: string) => string): string {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    throw invalid(`opening seccomp profile (${path}) failed: ${messageOf(error)}`, error);
  }
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (error) {
    throw invalid(`compacting json for seccomp profile (${path}) failed: ${messageOf(error)}`, error);
  }
}

/** `name=value`, or the old `name:value`. */
function splitOption(text: string): [name: string, value: string] | undefined {
  const at = text.includes("=") ? text.indexOf("=") : text.indexOf(":");
  return at < 0 ? undefined : [text.slice(0, at), text.slice(at + 1)];
}

function fail(message: string): never {
  throw invalid(message);
}

function invalid(message: string, cause?: unknown): EngineError {
  return new EngineError("invalid", message, cause);
}
