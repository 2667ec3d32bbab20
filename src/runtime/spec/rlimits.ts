import { EngineError } from "../../base/errors.ts";
import { boundingCapabilities } from "../../linux/capabilities.ts";
import { ownRlimits, type Rlimit, rlimitNames, unlimited } from "../../linux/rlimit.ts";
import type { HostConfig } from "../../spec/api/container.ts";
import type { RlimitSpec } from "../../spec/oci-runtime.ts";
import { maxUint64 } from "./serialize.ts";

export interface Rlimits {
  limits: RlimitSpec[];
  warnings: string[];
}

/**
 * `--ulimit` and the engine's defaults. Without CAP_SYS_RESOURCE a hard limit cannot be raised: what is above is
 * lowered to what is allowed, with a warning.
 */
export function containerRlimits(
  ulimits: NonNullable<HostConfig["Ulimits"]>,
  defaults: NonNullable<HostConfig["Ulimits"]> = [],
  mayRaise = boundingCapabilities().includes("CAP_SYS_RESOURCE"),
): Rlimits {
  const wanted = new Map([...defaults, ...ulimits].map((ulimit) => [ulimit.Name ?? "", ulimit]));
  const result: Rlimits = { limits: [], warnings: [] };
  const own = wanted.size > 0 && !mayRaise ? ownRlimits() : new Map<string, Rlimit>();
  for (const [name, ulimit] of wanted) {
    if (!rlimitNames.has(name)) throw new EngineError("invalid", `invalid ulimit type: ${name}`);
    const asked = { soft: fromApi(ulimit.Soft ?? 0), hard: fromApi(ulimit.Hard ?? 0) };
    const hard = Math.min(asked.hard, own.get(name)?.hard ?? unlimited);
    const soft = Math.min(asked.soft, hard);
    if (hard < asked.hard || soft < asked.soft) {
      result.warnings.push(
        `ulimit ${name}=${show(asked.soft)}:${show(asked.hard)} is above what this engine may set; using ${show(soft)}:${show(hard)}.`,
      );
    }
    result.limits.push({ type: `RLIMIT_${name.toUpperCase()}`, soft: toSpec(soft), hard: toSpec(hard) });
  }
  return result;
}

function fromApi(value: number): number {
  return value < 0 ? unlimited : value;
}

function toSpec(value: number): number {
  return value === unlimited ? maxUint64 : value;
}

function show(value: number): string {
  return value === unlimited ? "unlimited" : String(value);
}
