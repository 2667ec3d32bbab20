import { EngineError } from "../../base/errors.ts";
import type { CgroupSupport } from "../../linux/cgroup-support.ts";
import type { HostConfig } from "../../spec/api/container.ts";

/** One look at the limits of a host configuration. What this machine cannot do is taken out of `limits`. */
export class LimitCheck {
  /** A copy of what was asked for. */
  readonly limits: HostConfig;
  readonly warnings: string[] = [];
  readonly support: CgroupSupport;
  /** Only what is to change is given: the rest of a container's limits is not known here. */
  readonly update: boolean;

  constructor(asked: HostConfig, support: CgroupSupport, update: boolean) {
    this.limits = { ...asked };
    this.support = support;
    this.update = update;
  }

  warn(text: string): void {
    this.warnings.push(text);
  }

  /** Discards fields that are set and that the kernel does not support, with Docker's warning. */
  need(supported: boolean, fields: (keyof HostConfig)[], warning: string): void {
    const asked = fields.filter((field) => isSet(this.limits[field]));
    if (supported || asked.length === 0) return;
    for (const field of asked) this.#discard(field);
    this.warn(warning);
  }

  #discard(field: keyof HostConfig): void {
    if (Array.isArray(this.limits[field])) Object.assign(this.limits, { [field]: [] });
    else delete this.limits[field];
  }
}

function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== 0 && value !== "" && value !== false;
}

export function refuse(message: string): never {
  throw new EngineError("invalid", message);
}
