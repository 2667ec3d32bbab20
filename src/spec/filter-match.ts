// How the engine's lists match their filters; each function takes the filter's values (empty or absent: all match).
import { EngineError } from "../base/errors.ts";
import { splitPair } from "./key-value-file.ts";

type Values = readonly string[] | undefined;

/** Labels: `name` must be there, `name=value` must be so; all of them. */
export function matchesLabels(values: Values, labels: Record<string, string> | null | undefined): boolean {
  return (values ?? []).every((wanted) => {
    const [name, value] = splitPair(wanted);
    if (labels === undefined || labels === null || !Object.hasOwn(labels, name)) return false;
    // As dockerd: an empty value asks for nothing more than the name.
    return value === "" || labels[name] === value;
  });
}

/** Any value is equal to `text` or, as a regular expression, found in it. */
export function matchesPattern(values: Values, text: string): boolean {
  if (values === undefined || values.length === 0) return true;
  return values.some((value) => value === text || pattern(value)?.test(text) === true);
}

/** Any value is equal to `text`. */
export function matchesExactly(values: Values, text: string): boolean {
  return values === undefined || values.length === 0 || values.includes(text);
}

/** Any value is the beginning of `text`. */
export function matchesPrefix(values: Values, text: string): boolean {
  if (values === undefined || values.length === 0) return true;
  return values.some((value) => text.startsWith(value));
}

/** A filter that is true or false (`dangling`); undefined when absent. Throws `invalid` with dockerd's words. */
export function booleanFilter(name: string, values: Values): boolean | undefined {
  if (values === undefined || values.length === 0) return undefined;
  const yes = values.some((value) => value === "1" || value === "true");
  const no = values.some((value) => value === "0" || value === "false");
  if (yes === no) throw new EngineError("invalid", `invalid filter '${name}=[${values.join(" ")}]'`);
  return yes;
}

/** Throws `invalid` where a filter's name is not among `known`. */
export function checkFilterNames(filters: Record<string, readonly string[]>, known: readonly string[]): void {
  for (const name of Object.keys(filters)) {
    if (!known.includes(name)) throw new EngineError("invalid", `invalid filter '${name}'`);
  }
}

/** Undefined for what is no regular expression: it then matches nothing but itself. */
function pattern(text: string): RegExp | undefined {
  try {
    return new RegExp(text);
  } catch {
    return undefined;
  }
}
