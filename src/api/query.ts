import { EngineError, messageOf } from "../base/errors.ts";
import type { Filters } from "../images/image-service.ts";
import { parseApiTimestamp, type Timestamp } from "../spec/timestamp.ts";
import { parseJson, type JsonNode } from "./body/json-node.ts";

const falsy = new Set(["", "0", "no", "false", "none"]);

/** Query parameters, read as Docker reads them. */
export class Query {
  readonly #values: URLSearchParams;

  constructor(text: string) {
    this.#values = new URLSearchParams(text);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Empty when absent. */
  string(name: string): string {
    return this.#values.get(name) ?? "";
  }

  strings(name: string): string[] {
    return this.#values.getAll(name);
  }

  /** Absent, empty, 0, no, false and none are false; everything else is true. */
  bool(name: string, absent = false): boolean {
    if (!this.has(name)) return absent;
    return !falsy.has(this.string(name).trim().toLowerCase());
  }

  /** Undefined when absent or empty. Docker answers 500 to a bad number here, and clients have seen no other. */
  int(name: string): number | undefined {
    const text = this.string(name);
    return text === "" ? undefined : parseInteger(text);
  }

  /** `seconds[.nanoseconds]` since the epoch; undefined when absent or empty. A bad one is a 500 too. */
  timestamp(name: string): number | undefined {
    const instant = this.instant(name);
    return instant === undefined ? undefined : instant.seconds + instant.nanoseconds / 1e9;
  }

  instant(name: string): Timestamp | undefined {
    const text = this.string(name);
    if (text === "") return undefined;
    try {
      return parseApiTimestamp(text);
    } catch (error) {
      throw new EngineError("internal", messageOf(error));
    }
  }

  /** Both forms the API has had: name → values and name → {value: true}. */
  filters(errorPrefix = "", parameter = "filters"): Filters {
    const text = this.string(parameter);
    if (text === "") return {};
    const filters = filtersOf(tryParse(text));
    if (filters === undefined) throw new EngineError("invalid", `${errorPrefix}invalid filter`);
    return filters;
  }
}

function parseInteger(text: string): number {
  const problem = !/^[+-]?\d+$/.test(text)
    ? "invalid syntax"
    : Number.isSafeInteger(Number(text))
      ? undefined
      : "value out of range";
  if (problem !== undefined)
    throw new EngineError("internal", `strconv.Atoi: parsing ${JSON.stringify(text)}: ${problem}`);
  return Number(text);
}

function tryParse(text: string): JsonNode | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function filtersOf(node: JsonNode | undefined): Filters | undefined {
  if (node?.kind === "null") return {};
  if (node?.kind !== "object") return undefined;
  const filters: Filters = {};
  for (const [name, member] of node.members) {
    const values = valuesOf(member);
    if (values === undefined) return undefined;
    filters[name] = values;
  }
  return filters;
}

function valuesOf(node: JsonNode): string[] | undefined {
  if (node.kind === "null") return [];
  if (node.kind === "object")
    return node.members.every(([, flag]) => flag.kind === "bool")
      ? node.members.map(([value]) => value)
      : undefined;
  if (node.kind !== "array") return undefined;
  const values = node.items.map((item) => (item.kind === "string" ? item.value : undefined));
  return values.every((value) => value !== undefined) ? values : undefined;
}
