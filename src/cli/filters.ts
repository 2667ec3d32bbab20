import type { Flag } from "./command.ts";

/** Filters as the API takes them: name → values. */
export type Filters = Record<string, string[]>;

/** `--filter name=value`, repeatable. */
export function filterFlag(summary: string, short?: string): Flag {
  return {
    name: "filter",
    ...(short !== undefined && { short }),
    kind: "list",
    value: "filter",
    summary,
    check: checkFilter,
  };
}

/** Throws docker's words for a filter without a value. */
function checkFilter(text: string): void {
  if (text !== "" && !text.includes("=")) throw new Error("bad format of filter (expected name=value)");
}

/** Names in lower case, both sides trimmed. */
export function parseFilters(texts: readonly string[]): Filters {
  const filters: Filters = {};
  for (const text of texts) {
    if (text === "") continue;
    const equals = text.indexOf("=");
    const name = text.slice(0, equals).trim().toLowerCase();
    const value = text.slice(equals + 1).trim();
    const values = (filters[name] ??= []);
    if (!values.includes(value)) values.push(value);
  }
  return filters;
}

/** For a query: undefined when there are none. */
export function filterQuery(filters: Filters): Filters | undefined {
  return Object.keys(filters).length > 0 ? filters : undefined;
}
