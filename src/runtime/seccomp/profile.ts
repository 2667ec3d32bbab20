import { release } from "node:os";
import { EngineError } from "../../base/errors.ts";
import type { SeccompArgument, SeccompRule, SeccompSpec } from "../../spec/oci-runtime.ts";
import {
  type Architecture,
  architectureNames,
  defaultErrno,
  defaultGroups,
  type SyscallGroup,
} from "./default-profile.ts";

/** The default profile for a container with these capabilities. */
export function defaultSeccomp(
  capabilities: readonly string[],
  architecture: Architecture = currentArchitecture(),
): SeccompSpec {
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: defaultErrno,
    architectures: architectureNames[architecture],
    syscalls: defaultGroups
      .filter((group) => applies(group, capabilities, architecture))
      .map(({ names, errno, args }) => ({
        names,
        action: errno === undefined ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO",
        ...(errno === undefined ? {} : { errnoRet: errno }),
        ...(args === undefined ? {} : { args }),
      })),
  };
}

function applies(group: SyscallGroup, capabilities: readonly string[], architecture: Architecture): boolean {
  const { needs, without, architectures } = group;
  if (needs !== undefined && !needs.some((name) => capabilities.includes(name))) return false;
  if (without !== undefined && capabilities.includes(without)) return false;
  return architectures === undefined || architectures.includes(architecture);
}

function currentArchitecture(): Architecture {
  return process.arch === "arm64" ? "arm64" : "x64";
}

/** Docker's profile file: the OCI object, with rules that may depend on capabilities, machine and kernel. */
interface ProfileFile extends Partial<Omit<SeccompSpec, "syscalls">> {
  archMap?: { architecture: string; subArchitectures?: string[] }[];
  syscalls?: ProfileRule[];
}

interface ProfileRule {
  name?: string;
  names?: string[];
  action: string;
  errnoRet?: number;
  args?: SeccompArgument[] | null;
  includes?: Condition;
  excludes?: Condition;
}

interface Condition {
  caps?: string[];
  arches?: string[];
  minKernel?: string;
}

/** A user's profile (the JSON text that `--security-opt seccomp=FILE` sends), resolved. Throws Docker's errors. */
export function customSeccomp(json: string, capabilities: readonly string[]): SeccompSpec | undefined {
  const file = parseProfile(json);
  if (file.defaultAction === undefined) return undefined;
  checkProfile(file);
  const { archMap, syscalls = [], architectures, ...rest } = file;
  return {
    ...rest,
    defaultAction: file.defaultAction,
    architectures: architectures ?? mappedArchitectures(archMap ?? []),
    syscalls: syscalls.filter((rule) => ruleApplies(rule, capabilities)).map(toRule),
  };
}

function parseProfile(json: string): ProfileFile {
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
      throw new Error("not an object");
    return parsed;
  } catch (error) {
    throw new EngineError("invalid", `Decoding seccomp profile failed: ${(error as Error).message}`, error);
  }
}

function checkProfile({ architectures, archMap, syscalls = [] }: ProfileFile): void {
  if (nonEmpty(architectures) && nonEmpty(archMap)) {
    throw bothGiven("architectures", "archMap");
  }
  if (syscalls.some(({ name, names }) => (name ?? "") !== "" && nonEmpty(names)))
    throw bothGiven("name", "names");
}

function bothGiven(one: string, other: string): EngineError {
  return new EngineError(
    "invalid",
    `both '${one}' and '${other}' are specified in the seccomp profile, use either '${one}' or '${other}'`,
  );
}

function nonEmpty(list: unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0;
}

/** The entry of this machine; its sub-architectures come with it. */
function mappedArchitectures(map: NonNullable<ProfileFile["archMap"]>): string[] | undefined {
  const own = architectureNames[currentArchitecture()][0];
  const entry = map.find(({ architecture }) => architecture === own);
  return entry === undefined ? undefined : [entry.architecture, ...(entry.subArchitectures ?? [])];
}

function ruleApplies({ includes, excludes }: ProfileRule, capabilities: readonly string[]): boolean {
  return meetsAll(includes, capabilities) && !meetsAny(excludes, capabilities);
}

function meetsAll(condition: Condition | undefined, capabilities: readonly string[]): boolean {
  const { caps = [], arches = [], minKernel } = condition ?? {};
  if (arches.length > 0 && !arches.includes(goArchitecture())) return false;
  if (!caps.every((name) => capabilities.includes(name))) return false;
  return minKernel === undefined || minKernel === "" || kernelAtLeast(minKernel);
}

function meetsAny(condition: Condition | undefined, capabilities: readonly string[]): boolean {
  const { caps = [], arches = [], minKernel } = condition ?? {};
  if (arches.includes(goArchitecture()) || caps.some((name) => capabilities.includes(name))) return true;
  return minKernel !== undefined && minKernel !== "" && kernelAtLeast(minKernel);
}

function goArchitecture(): string {
  return currentArchitecture() === "x64" ? "amd64" : "arm64";
}

function kernelAtLeast(wanted: string, running = release()): boolean {
  const [major = 0, minor = 0] = wanted.split(".").map(Number);
  const [ownMajor = 0, ownMinor = 0] = running.split(/[.-]/).map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

function toRule({ name, names, action, errnoRet, args }: ProfileRule): SeccompRule {
  return {
    names: nonEmpty(names) ? (names ?? []) : [name ?? ""],
    action,
    ...(errnoRet === undefined ? {} : { errnoRet }),
    ...(args === undefined || args === null || args.length === 0 ? {} : { args }),
  };
}
