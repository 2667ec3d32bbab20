import { EngineError } from "../../base/errors.ts";
import type { JsonNode } from "./json-node.ts";

/**
 * How one JSON value becomes a `T`, by the rules of Go's decoder: kinds are strict, unknown fields are passed over,
 * field names match in any letter case, the last of a repeated field wins.
 */
export interface Schema<T> {
  /** The type's name in Docker's source, for messages. */
  readonly goType: string;
  /** `node` is never null here. */
  decode(node: JsonNode, at: Place): T;
  /** What null stands for where a value must be: in arrays and maps. A field that is null is left out instead. */
  zero(): T;
}

/** Where in the body we are: the struct's name and the JSON pointer below it. */
export interface Place {
  root: string;
  path: readonly string[];
}

function below(at: Place, key: string): Place {
  return { root: at.root, path: [...at.path, key.replaceAll("~", "~0").replaceAll("/", "~1")] };
}

function mismatch(node: JsonNode, at: Place, goType: string): EngineError {
  const kind = node.kind === "number" && isNumeric(goType) ? `number ${node.literal}` : node.kind;
  const target = at.path.length === 0 ? "Go value" : `Go struct field ${[at.root, ...at.path].join(".")}`;
  return new EngineError(
    "invalid",
    `invalid JSON: json: cannot unmarshal ${kind} into ${target} of type ${goType}`,
  );
}

const numericTypes = new Set(["int", "int64", "uint", "uint16", "uint64", "time.Duration", "fs.FileMode"]);

/** A number of the wrong range names itself in the message, a number in a string's place does not. */
function isNumeric(goType: string): boolean {
  return numericTypes.has(goType);
}

/** Go checks the kind alone; whether the word is one of `T` is for the service to say, in Docker's words. */
export function text<T extends string = string>(goType = "string"): Schema<T> {
  return {
    goType,
    decode(node, at) {
      if (node.kind !== "string") throw mismatch(node, at, goType);
      return node.value as T;
    },
    zero: () => "" as T,
  };
}

export const bool: Schema<boolean> = {
  goType: "bool",
  decode(node, at) {
    if (node.kind !== "bool") throw mismatch(node, at, "bool");
    return node.value;
  },
  zero: () => false,
};

function integer(goType: string, min: bigint, max: bigint): Schema<number> {
  return {
    goType,
    decode(node, at) {
      if (node.kind !== "number" || !/^-?\d+$/.test(node.literal)) throw mismatch(node, at, goType);
      const value = BigInt(node.literal);
      if (value < min || value > max) throw mismatch(node, at, goType);
      return Number(value);
    },
    zero: () => 0,
  };
}

export const int64 = integer("int64", -(2n ** 63n), 2n ** 63n - 1n);
export const int = integer("int", -(2n ** 63n), 2n ** 63n - 1n);
export const duration = integer("time.Duration", -(2n ** 63n), 2n ** 63n - 1n);
export const uint = integer("uint", 0n, 2n ** 64n - 1n);
export const uint16 = integer("uint16", 0n, 2n ** 16n - 1n);
export const uint64 = integer("uint64", 0n, 2n ** 64n - 1n);
export const fileMode = integer("fs.FileMode", 0n, 2n ** 32n - 1n);

export function list<T>(element: Schema<T>, goType = `[]${element.goType}`): Schema<T[]> {
  return {
    goType,
    decode(node, at) {
      if (node.kind !== "array") throw mismatch(node, at, goType);
      return node.items.map((item, index) => orZero(element, item, below(at, String(index))));
    },
    zero: () => [],
  };
}

/** A Go array: exactly `length` elements; what is missing is zero, what is too much is dropped. */
export function tuple<T>(element: Schema<T>, length: number): Schema<T[]> {
  const whole = list(element, `[${length}]${element.goType}`);
  return {
    ...whole,
    decode(node, at) {
      const given = whole.decode(node, at);
      return Array.from({ length }, (_, index) => given[index] ?? element.zero());
    },
  };
}

export function map<T>(value: Schema<T>, goType = `map[string]${value.goType}`): Schema<Record<string, T>> {
  return {
    goType,
    decode(node, at) {
      if (node.kind !== "object") throw mismatch(node, at, goType);
      return Object.fromEntries(
        node.members.map(([key, member]) => [key, orZero(value, member, below(at, key))]),
      );
    },
    zero: () => ({}),
  };
}

/** One string or many: how `Cmd` and `Entrypoint` have always been accepted. */
export const wordOrWords: Schema<string[]> = {
  goType: "strslice.StrSlice",
  decode(node, at) {
    if (node.kind === "string") return [node.value];
    const words = node.kind === "array" ? node.items.map((item) => wordOf(item)) : [undefined];
    if (!words.every((word) => word !== undefined)) throw mismatch(node, { ...at, path: [] }, "string");
    return words;
  },
  zero: () => [],
};

function wordOf(node: JsonNode): string | undefined {
  if (node.kind === "null") return "";
  return node.kind === "string" ? node.value : undefined;
}

type Fields<T> = { [K in keyof T]-?: Schema<NonNullable<T[K]>> };

/** An object with every field of `T`, none forgotten: the compiler sees to it. */
export function struct<T extends object>(
  goType: string,
  fields: Fields<T>,
): Schema<T> & { fields: Fields<T> } {
  const byLowerName = new Map(Object.entries(fields).map(([name]) => [name.toLowerCase(), name as keyof T]));
  return {
    goType,
    fields,
    decode(node, at) {
      if (node.kind !== "object") throw mismatch(node, at, goType);
      const result: Partial<T> = {};
      for (const [key, member] of node.members) {
        const name = byLowerName.get(key.toLowerCase());
        if (name === undefined || member.kind === "null") continue;
        result[name] = fields[name].decode(member, below(at, String(name)));
      }
      return result as T;
    },
    zero: () => ({}) as T,
  };
}

function orZero<T>(schema: Schema<T>, node: JsonNode, at: Place): T {
  return node.kind === "null" ? schema.zero() : schema.decode(node, at);
}
