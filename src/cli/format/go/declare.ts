// Go type declarations, read from a notation close to Go's own, so that Docker's structs are tables and not code.
import {
  anyType,
  boolType,
  type Field,
  float64Type,
  type GoType,
  type Kind,
  type Method,
  mapOf,
  pointerTo,
  sliceOf,
  stringType,
} from "./type.ts";
import { durationType, timeType } from "./time.ts";

const predeclared: Record<string, GoType> = {
  any: anyType,
  bool: boolType,
  string: stringType,
  float64: float64Type,
  "time.Time": timeType,
  "time.Duration": durationType,
  "struct{}": { kind: "struct", name: "struct {}", named: false, fields: [] },
};
for (const name of ["int", "int8", "int16", "int32", "int64"])
  predeclared[name] = { kind: "int", name, named: false };
for (const name of ["uint", "uint8", "uint16", "uint32", "uint64"])
  predeclared[name] = { kind: "uint", name, named: false };

export type Methods = Record<string, Record<string, Method>>;

/**
 * Reads declarations; answers a look-up by name. A line at the margin declares: `container.State` a struct, whose fields
 * are the indented lines under it (`Name Type [json-name][,omitempty]`, an embedded one by its type alone);
 * `container.NetworkMode = string` a named type.
 */
export function declare(source: string, methods: Methods = {}): (name: string) => GoType {
  const declared = new Map<string, GoType>();
  const bodies = new Map<string, string[]>();
  let body: string[] = [];
  for (const line of source.split("\n")) {
    const text = line.trim();
    if (text === "") continue;
    if (line.startsWith(" ")) {
      body.push(text);
      continue;
    }
    const [name = "", underlying] = text.split(" = ");
    body = underlying === undefined ? [] : [`= ${underlying}`];
    bodies.set(name, body);
  }
  const resolve = (name: string): GoType => {
    const known = predeclared[name] ?? declared.get(name);
    if (known !== undefined) return known;
    const composite = parseComposite(name, resolve);
    if (composite !== undefined) return composite;
    const lines = bodies.get(name);
    if (lines === undefined) throw new Error(`undeclared Go type ${name}`);
    return define(name, lines);
  };
  const define = (name: string, lines: readonly string[]): GoType => {
    // Registered before its fields are read: a type may hold pointers to itself.
    const type: Mutable<GoType> = { kind: "struct", name, named: true };
    declared.set(name, type);
    const own = methods[name];
    if (own !== undefined) type.methods = new Map(Object.entries(own));
    const [first = ""] = lines;
    if (first.startsWith("= ")) Object.assign(type, shapeOf(resolve(first.slice(2))));
    else type.fields = lines.map((line) => parseField(line, resolve));
    return type;
  };
  return resolve;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function shapeOf(type: GoType): { kind: Kind; elem?: GoType; key?: GoType } {
  const { kind, elem, key } = type;
  return { kind, ...(elem !== undefined && { elem }), ...(key !== undefined && { key }) };
}

function parseComposite(name: string, resolve: (name: string) => GoType): GoType | undefined {
  if (name.startsWith("*")) return pointerTo(resolve(name.slice(1)));
  if (name.startsWith("[]")) return sliceOf(resolve(name.slice(2)));
  const array = /^\[(\d+)\](.+)$/.exec(name);
  if (array !== null) {
    const elem = resolve(array[2] ?? "");
    return { kind: "array", name: `[${array[1]}]${elem.name}`, named: false, elem };
  }
  const map = /^map\[([^\]]+)\](.+)$/.exec(name);
  return map === null ? undefined : mapOf(resolve(map[1] ?? ""), resolve(map[2] ?? ""));
}

function parseField(line: string, resolve: (name: string) => GoType): Field {
  const [first = "", second, tag] = line.split(/\s+/);
  const embedded = second === undefined;
  const type = resolve(second ?? first);
  const name = embedded ? first.slice(Math.max(first.lastIndexOf("."), first.lastIndexOf("*")) + 1) : first;
  const [json = "", option] = (tag ?? "").split(",");
  return {
    name,
    type,
    json: json === "-" ? "" : json || name,
    omitEmpty: option === "omitempty",
    embedded,
  };
}
