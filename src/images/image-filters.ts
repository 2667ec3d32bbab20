import { EngineError } from "../base/errors.ts";
import { parseApiTimestamp, toApiTimestamp } from "../spec/timestamp.ts";
import { familiarName, familiarString, type Reference } from "../spec/reference.ts";
import type { ImageConfigFile } from "../spec/oci-image.ts";
import { createdNanos } from "./created-at.ts";
import type { Filters } from "./image-service.ts";
import { pathMatch } from "./path-match.ts";

/** Refuses filters that the operation does not have. */
export function checkFilters(filters: Filters, accepted: readonly string[]): void {
  for (const name of Object.keys(filters))
    if (!accepted.includes(name)) throw new EngineError("invalid", `invalid filter '${name}'`);
}

/** A yes-or-no filter; undefined where it is not given. */
export function flagFilter(filters: Filters, name: string): boolean | undefined {
  const values = filters[name];
  if (values === undefined || values.length === 0) return undefined;
  const meanings = new Set(values.map((value) => flagValues[value]));
  const [meaning] = meanings;
  if (meanings.size !== 1 || meaning === undefined)
    throw new EngineError("invalid", `invalid filter '${name}=[${values.join(" ")}]'`);
  return meaning;
}

const flagValues: Record<string, boolean> = { "1": true, true: true, "0": false, false: false };

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

/** Every `key` or `key=value` must be among the labels. */
export function hasLabels(config: ImageConfigFile, wanted: readonly string[]): boolean {
  const labels = config.config?.Labels ?? {};
  return wanted.every((text) => {
    const equals = text.indexOf("=");
    if (equals < 0) return Object.hasOwn(labels, text);
    return labels[text.slice(0, equals)] === text.slice(equals + 1);
  });
}

/** Patterns are matched against the short name, with and without its tag or digest. */
export function matchesReference(reference: Reference, patterns: readonly string[]): boolean {
  return patterns.some(
    (pattern) => pathMatch(pattern, familiarString(reference)) || pathMatch(pattern, familiarName(reference)),
  );
}
