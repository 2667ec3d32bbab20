import { EngineError } from "../../base/errors.ts";

/** `--security-opt`, understood. Labels (SELinux) are accepted and ignored: the engine does not label. */
export interface SecurityOptions {
  noNewPrivileges: boolean;
  /** Name of an AppArmor profile, or `unconfined`; undefined takes the engine's default. */
  appArmorProfile?: string;
  /** `unconfined`, `builtin`, or the JSON text of a profile; undefined takes the default profile. */
  seccompProfile?: string;
  /** Nothing of /proc and /sys is masked or read-only. Docker's client expands this itself. */
  systemPathsUnconfined: boolean;
  /** /sys/fs/cgroup is writable (Docker 28). */
  writableCgroups: boolean;
}

/** Throws Docker's errors. `:` between name and value is old but still accepted. */
export function parseSecurityOptions(options: readonly string[]): SecurityOptions {
  const parsed: SecurityOptions = {
    noNewPrivileges: false,
    systemPathsUnconfined: false,
    writableCgroups: false,
  };
  for (const option of options) parseOption(option, parsed);
  return parsed;
}

function parseOption(option: string, into: SecurityOptions): void {
  if (option === "no-new-privileges") {
    into.noNewPrivileges = true;
    return;
  }
  if (option === "disable") return;
  const separator = option.includes("=") ? "=" : ":";
  const at = option.indexOf(separator);
  if (at < 0) throw new EngineError("invalid", `invalid --security-opt 1: ${JSON.stringify(option)}`);
  applyOption(option, option.slice(0, at), option.slice(at + 1), into);
}

function applyOption(option: string, name: string, value: string, into: SecurityOptions): void {
  if (name === "label") return;
  if (name === "apparmor") into.appArmorProfile = value;
  else if (name === "seccomp") into.seccompProfile = value;
  else if (name === "no-new-privileges") into.noNewPrivileges = parseBool(option, value);
  else if (name === "writable-cgroups") into.writableCgroups = parseBool(option, value);
  else if (name === "systempaths" && value === "unconfined") into.systemPathsUnconfined = true;
  else throw invalidOption(option);
}

/** The words Go's strconv.ParseBool takes. */
function parseBool(option: string, value: string): boolean {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(value)) return true;
  if (["0", "f", "F", "FALSE", "false", "False"].includes(value)) return false;
  throw invalidOption(option);
}

function invalidOption(option: string): EngineError {
  return new EngineError("invalid", `invalid --security-opt 2: ${JSON.stringify(option)}`);
}
