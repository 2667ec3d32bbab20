import { suggestion } from "./suggestion.ts";

export type FlagKind = "string" | "bool" | "list";

/** The flags of one instruction, read. */
export interface Flags {
  string(name: string): string | undefined;
  /** Undefined if it was not given. */
  bool(name: string): boolean | undefined;
  list(name: string): readonly string[];
}

/** Reads `--name[=value]` words by the table of what may stand there. Throws an Error in BuildKit's words. */
export function readFlags(words: readonly string[], table: Readonly<Record<string, FlagKind>>): Flags {
  const values = new Map<string, string[]>();
  for (const word of words) {
    const { name, value } = readFlag(word, table);
    const given = values.get(name);
    if (given !== undefined && table[name] !== "list") throw new Error(`duplicate flag specified: --${name}`);
    values.set(name, [...(given ?? []), value]);
  }
  const first = (name: string) => values.get(name)?.[0];
  return {
    string: first,
    bool: (name) => (values.has(name) ? first(name) === "true" : undefined),
    list: (name) => values.get(name) ?? [],
  };
}

function readFlag(word: string, table: Readonly<Record<string, FlagKind>>): { name: string; value: string } {
  const [, name = "", value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  if (!Object.hasOwn(table, name))
    throw new Error(`unknown flag: --${name}${suggestion(name, Object.keys(table))}`);
  if (table[name] !== "bool") {
    if (value === undefined) throw new Error(`missing a value on flag: --${name}`);
    return { name, value };
  }
  const lower = value?.toLowerCase() ?? "true";
  if (lower !== "true" && lower !== "false" && lower !== "")
    throw new Error(`expecting boolean value for flag --${name}, not: ${value}`);
  return { name, value: lower === "" ? "true" : lower };
}
