import { parseApiTimestamp, toApiTimestamp } from "../spec/timestamp.ts";
import { familiarName, familiarString, type Reference } from "../spec/reference.ts";
import type { ImageConfigFile } from "../spec/oci-image.ts";
import { createdNanos } from "./created-at.ts";
import type { Filters } from "./image-service.ts";
import { pathMatch } from "./path-match.ts";

/** `until` as a moment: of several the earliest counts. */
export function untilFilter(filters: Filters, now: Date): bigint | undefined {
  const moments = (filters["until"] ?? []).map((text) => {
    const { seconds, nanoseconds } = parseApiTimestamp(toApiTimestamp(text, now));
    return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  });
  return moments.length === 0 ? undefined : moments.reduce((a, b) => (a < b ? a : b));
}

/** Whether the image was made before `moment`; one without a time never was. */
export function isBefore(config: ImageConfigFile, moment: bigint): boolean {
  const created = createdNanos(config);
  return created !== undefined && created < moment;
}

export function isAfter(config: ImageConfigFile, moment: bigint): boolean {
  const created = createdNanos(config);
  return created !== undefined && created > moment;
}

/** Patterns are matched against the short name, with and without its tag or digest. */
export function matchesReference(reference: Reference, patterns: readonly string[]): boolean {
  return patterns.some(
    (pattern) => pathMatch(pattern, familiarString(reference)) || pathMatch(pattern, familiarName(reference)),
  );
}
