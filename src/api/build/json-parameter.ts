import { EngineError, messageOf } from "../../base/errors.ts";
import { type JsonNode, parseJson } from "../body/json-node.ts";
import { list, map, type Schema, text } from "../body/schema.ts";

/**
 * A query parameter that holds JSON; undefined where it is empty or null. Throws `invalid` as Go's decoder puts it, with `problem` before:
 * `error reading labels`.
 */
export function jsonParameter<T>(given: string, problem: string, schema: Schema<T>): T | undefined {
  const node = nodeOf(given, problem);
  return node === undefined ? undefined : decoded(node, problem, schema);
}

/** A JSON object of texts; empty where there is none. */
export function jsonTexts(given: string, what: string): Record<string, string> {
  return jsonParameter(given, `error reading ${what}`, map(text())) ?? {};
}

/** A JSON list of texts; empty where there is none. */
export function jsonList(given: string, what = "list"): string[] {
  return jsonParameter(given, `error reading ${what}`, list(text())) ?? [];
}

/** A JSON list of whatever; empty where there is none. */
export function jsonValues(given: string, problem: string): unknown[] {
  const node = nodeOf(given, problem);
  if (node === undefined) return [];
  if (node.kind === "array") return JSON.parse(given) as unknown[];
  throw new EngineError(
    "invalid",
    `${problem}: json: cannot unmarshal ${node.kind} into Go value of type []`,
  );
}

/** `buildargs`: a null gives nothing. */
export function buildArguments(given: string): Map<string, string> {
  const problem = "error reading build args";
  const node = nodeOf(given, problem);
  if (node === undefined) return new Map();
  const values = decoded(node, problem, map(text(), "map[string]*string"));
  const members = node.kind === "object" ? node.members : [];
  const empty = new Set(members.filter(([, value]) => value.kind === "null").map(([name]) => name));
  return new Map(Object.entries(values).filter(([name]) => !empty.has(name)));
}

function nodeOf(given: string, problem: string): JsonNode | undefined {
  if (given === "") return undefined;
  try {
    const node = parseJson(given);
    return node.kind === "null" ? undefined : node;
  } catch (error) {
    throw inGo(error, problem);
  }
}

function decoded<T>(node: JsonNode, problem: string, schema: Schema<T>): T {
  try {
    return schema.decode(node, { root: "", path: [] });
  } catch (error) {
    throw inGo(error, problem);
  }
}

function inGo(error: unknown, problem: string): EngineError {
  const why = messageOf(error)
    .replace(/^invalid JSON: /, "")
    .replace(/^(?:unexpected EOF|got EOF .*)$/, "unexpected end of JSON input");
  return new EngineError("invalid", `${problem}: ${why}`, error);
}
