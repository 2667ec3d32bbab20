import { EngineError } from "../base/errors.ts";
import type { Filters } from "../images/image-service.ts";
import { parseBool } from "../spec/boolean.ts";
import {
  booleanFilter,
  checkFilterNames,
  matchesExactly,
  matchesLabels,
  matchesPattern,
} from "../spec/filter-match.ts";
import { anonymousLabel } from "./volume-check.ts";
import type { VolumeRecord } from "./volume-records.ts";

type Test = (record: VolumeRecord) => boolean;

/** The filters of `volume ls`. Throws `invalid` with dockerd's words. */
export function listFilter(filters: Filters, isHeld: Test): Test {
  checkFilterNames(filters, ["dangling", "driver", "label", "name"]);
  const dangling = booleanFilter("dangling", filters.dangling);
  return (record) =>
    matchesPattern(filters.name, record.name) &&
    matchesLabels(filters.label, record.labels) &&
    matchesExactly(filters.driver, "local") &&
    (dangling === undefined || dangling !== isHeld(record));
}

/**
 * Which volumes `prune` may take, if nobody holds them: anonymous ones, or any with `all`. Never those with driver
 * options: what they show lies elsewhere.
 */
export function pruneFilter(filters: Filters): Test {
  checkFilterNames(filters, ["all", "label", "label!"]);
  const all = (filters.all ?? []).map(allFilter).includes(true);
  const unwanted = filters["label!"] ?? [];
  return ({ labels, options }) =>
    Object.keys(options ?? {}).length === 0 &&
    (all || labels?.[anonymousLabel] !== undefined) &&
    matchesLabels(filters.label, labels) &&
    !unwanted.some((label) => matchesLabels([label], labels));
}

function allFilter(text: string): boolean {
  const value = parseBool(text);
  if (value !== undefined) return value;
  const problem = `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw new EngineError("invalid", `invalid filter 'all': ${problem}`);
}
