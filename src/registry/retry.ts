import { setTimeout as sleep } from "node:timers/promises";
import { errnoOf } from "../base/errors.ts";
import { RegistryError } from "./registry-error.ts";

export interface RetryPolicy {
  /** How often a thing is tried in all. */
  attempts: number;
  /** Before the second attempt; doubles with each. */
  firstDelayMs: number;
}

export const defaultRetryPolicy: RetryPolicy = { attempts: 5, firstDelayMs: 250 };

const longestDelayMs = 10_000;
/** A registry that asks for more patience than this is told to the user instead. */
const longestRequestedMs = 60_000;

const transientStatuses = new Set([408, 429, 500, 502, 503, 504]);
const transientCodes = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ECONNABORTED",
  "ENETUNREACH",
  "EHOSTUNREACH",
]);

/** The time to wait before attempt number `attempt` + 1, counted from 1; undefined when it should not be made. */
export function delayBefore(error: unknown, attempt: number, policy: RetryPolicy): number | undefined {
  if (attempt >= policy.attempts || !isTransient(error)) return undefined;
  const delayMs = Math.min(policy.firstDelayMs * 2 ** (attempt - 1), longestDelayMs);
  if (!(error instanceof RegistryError)) return delayMs;
  // Limits of pulls end after hours: without a time to wait there is no use in asking again.
  if (error.status === 429 && error.retryAfterMs === undefined) return undefined;
  if (error.retryAfterMs === undefined) return delayMs;
  return error.retryAfterMs <= longestRequestedMs ? Math.max(error.retryAfterMs, delayMs) : undefined;
}

function isTransient(error: unknown): boolean {
  if (error instanceof RegistryError) return transientStatuses.has(error.status);
  return (
    transientCodes.has(errnoOf(error) ?? "") || transientCodes.has(errnoOf((error as Error).cause) ?? "")
  );
}

/** Runs `action` until it succeeds, or fails for good. */
export async function withRetries<T>(
  action: () => Promise<T>,
  options: { policy: RetryPolicy; signal: AbortSignal | undefined; onRetry?: (delayMs: number) => void },
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      const delayMs = delayBefore(error, attempt, options.policy);
      if (options.signal?.aborted === true || delayMs === undefined) throw error;
      options.onRetry?.(delayMs);
      await sleep(delayMs, undefined, options.signal && { signal: options.signal });
    }
  }
}
