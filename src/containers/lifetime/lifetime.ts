import { EngineError } from "../../base/errors.ts";
import { parseDuration } from "../../spec/duration.ts";
import { parseRestartPolicy } from "../../spec/restart-policy.ts";

/**
 * What a container is asked for that Docker does not know. Any client can ask by labels, and other engines ignore them.
 * Only labels given at its creation count: an image must not decide that its containers go away.
 */
export const lifetimeLabels = {
  ttl: "gantry.ttl",
  idleTtl: "gantry.idle-ttl",
  lease: "gantry.lease",
  restart: "gantry.restart",
} as const;

export interface Lifetime {
  /** Removed this long after its creation. */
  ttlMs?: number;
  /** Removed when it has done nothing for so long. */
  idleTtlMs?: number;
  /** Removed when who holds this lease is gone. */
  lease?: string;
  /** Ended and started again when it becomes unhealthy, so often at most; Infinity for no bound. */
  unhealthyRestarts?: number;
}

/** What is made for a container under a lease, is made under it, too. */
export function leaseLabel({ lifetime }: { lifetime?: Lifetime }): Record<string, string> {
  return lifetime?.lease === undefined ? {} : { [lifetimeLabels.lease]: lifetime.lease };
}

export const onUnhealthy = "on-unhealthy";

/** Throws `invalid` for a value that means nothing: silence would keep what was to go. */
export function lifetimeOf(labels: Record<string, string> = {}): Lifetime {
  const lifetime: Lifetime = {};
  const { ttl, idleTtl, lease, restart } = lifetimeLabels;
  if (labels[ttl] !== undefined) lifetime.ttlMs = spanMs(ttl, labels[ttl]);
  if (labels[idleTtl] !== undefined) lifetime.idleTtlMs = spanMs(idleTtl, labels[idleTtl]);
  if (labels[lease] !== undefined) lifetime.lease = labels[lease];
  if (labels[restart] !== undefined) lifetime.unhealthyRestarts = unhealthyRestarts(restart, labels[restart]);
  return lifetime;
}

function spanMs(label: string, text: string): number {
  try {
    const milliseconds = parseDuration(text) / 1e6;
    if (milliseconds >= 1) return milliseconds;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
  }
  throw refused(label, text, "a duration like 90s, 10m or 1h30m");
}

function unhealthyRestarts(label: string, text: string): number {
  try {
    const { Name, MaximumRetryCount = 0 } = parseRestartPolicy(text);
    if (String(Name) === onUnhealthy && MaximumRetryCount >= 0) return MaximumRetryCount || Infinity;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
  }
  throw refused(label, text, `${onUnhealthy}[:N]`);
}

function refused(label: string, text: string, form: string): EngineError {
  return new EngineError("invalid", `invalid label ${label}=${JSON.stringify(text)}: the form is ${form}`);
}
