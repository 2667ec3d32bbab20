import { EngineError } from "../base/errors.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import type { SearchResult } from "../registry/search-index.ts";
import { checkFilterNames } from "../spec/filter-match.ts";
import type { Filters, SearchOptions } from "./image-service.ts";

const accepted = ["is-automated", "is-official", "stars"];

/** What a registry's index has for a term, filtered here: indexes know no filters. */
export async function searchImages(
  registry: RegistryClient,
  term: string,
  { filters = {}, ...options }: SearchOptions,
): Promise<SearchResult[]> {
  checkFilterNames(filters, accepted);
  const isWanted = [
    flag(filters, "is-automated", (result) => result.is_automated),
    flag(filters, "is-official", (result) => result.is_official),
    stars(filters),
  ];
  const found = await registry.search(term, options);
  return found.filter((result) => isWanted.every((test) => test(result)));
}

type Test = (result: SearchResult) => boolean;

function flag(filters: Filters, name: string, read: Test): Test {
  const values = filters[name];
  if (values === undefined) return () => true;
  const isTrue = values.some((value) => value === "true" || value === "1");
  const isFalse = values.some((value) => value === "false" || value === "0");
  if (isTrue === isFalse) throw new EngineError("invalid", `invalid filter '${name}=[${values.join(" ")}]'`);
  return (result) => read(result) === isTrue;
}

/** The greatest of several counts. */
function stars(filters: Filters): Test {
  const counts = (filters["stars"] ?? []).map((text) => {
    if (/^[+-]?\d+$/.test(text)) return Number(text);
    throw new EngineError(
      "invalid",
      `invalid filter 'stars=${text}': strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  });
  return (result) => result.star_count >= Math.max(0, ...counts);
}
