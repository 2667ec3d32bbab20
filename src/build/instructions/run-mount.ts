import { parseBool } from "../../spec/boolean.ts";
import { parseCsvRecord } from "../../spec/csv.ts";
import { parseBytes } from "../../spec/size.ts";
import { suggestion } from "./suggestion.ts";

export type CacheSharing = "shared" | "private" | "locked";

/** One `RUN --mount=…`, read. Sizes in bytes; `mode` as a number; `from` is a stage, a named context or an image. */
export type RunMount =
  | { type: "bind"; target: string; source?: string; from?: string; readOnly: boolean }
  | {
      type: "cache";
      target: string;
      source?: string;
      from?: string;
      readOnly: boolean;
      /** Names the cache; the target's path if it was not given. */
      id: string;
      sharing: CacheSharing;
      mode?: number;
      uid?: number;
      gid?: number;
    }
  | { type: "tmpfs"; target: string; sizeBytes?: number }
  | {
      type: "secret";
      id: string;
      /** A file there, unless it only goes to `env`. */
      target?: string;
      env?: string;
      required: boolean;
      mode?: number;
      uid?: number;
      gid?: number;
    }
  | {
      type: "ssh";
      id: string;
      target?: string;
      required: boolean;
      mode?: number;
      uid?: number;
      gid?: number;
    };

const types = ["bind", "cache", "tmpfs", "secret", "ssh"] as const;
const sharings: readonly CacheSharing[] = ["shared", "private", "locked"];
const aliases: Record<string, string> = {
  src: "source",
  dst: "target",
  destination: "target",
  ro: "readonly",
  rw: "readwrite",
};
const keys = [
  "type",
  "from",
  "source",
  "target",
  "readonly",
  "id",
  "sharing",
  "required",
  "size",
  "env",
  "mode",
  "uid",
  "gid",
  "src",
  "dst",
  "ro",
  "rw",
  "readwrite",
];

/** Refuses a variable as the base of a mount: which stages are needed must be known beforehand. Throws an Error. */
export function checkMountBase(flag: string): void {
  for (const field of fieldsOf(flag)) {
    const [key = "", value = ""] = field.split(/=(.*)/s, 2);
    if (key.toLowerCase() === "from" && /\$./.test(value))
      throw new Error("'from' doesn't support variable expansion, define alias stage instead");
  }
}

/** Reads `--mount`'s value; `expand` replaces the variables in each field's. Throws an Error in BuildKit's words. */
export function parseRunMount(flag: string, expand: (text: string) => string): RunMount {
  const fields = new Map<string, string>();
  let type: RunMount["type"] = "bind";
  for (const field of fieldsOf(flag)) {
    const [written = "", raw] = field.split(/=(.*)/s, 2);
    const key = canonicalKey(written.toLowerCase(), field, raw === undefined);
    const value = raw === undefined ? "true" : expand(raw);
    if (key === "type") type = mountType(value);
    else fields.set(key, value);
    checkKey(key, type);
  }
  return mountOf(type, new Fields(fields));
}

function fieldsOf(flag: string): string[] {
  return parseCsvRecord(flag);
}

function canonicalKey(key: string, field: string, bare: boolean): string {
  const name = aliases[key] ?? key;
  if (bare && !["readonly", "readwrite", "required"].includes(name))
    throw new Error(`invalid field '${field}' must be a key=value pair`);
  if (!keys.includes(key) && name === key)
    throw new Error(`unexpected key '${key}' in '${field}'${suggestion(key, keys)}`);
  return name;
}

function mountType(value: string): RunMount["type"] {
  const found = types.find((type) => type === value.toLowerCase());
  if (found === undefined)
    throw new Error(`unsupported mount type ${JSON.stringify(value)}${suggestion(value, types)}`);
  return found;
}

/** As the reference reads them, a key must come behind the type that knows it. */
function checkKey(key: string, type: RunMount["type"]): void {
  const known = key === "size" ? type === "tmpfs" : key !== "required" || type === "secret" || type === "ssh";
  if (!known) throw new Error(`unexpected key '${key}' for mount type '${type}'`);
}

class Fields {
  readonly #fields: ReadonlyMap<string, string>;

  constructor(fields: ReadonlyMap<string, string>) {
    this.#fields = fields;
  }

  text(key: string): string | undefined {
    return this.#fields.get(key) || undefined;
  }

  bool(key: string): boolean | undefined {
    const text = this.#fields.get(key);
    if (text === undefined) return undefined;
    const value = parseBool(text);
    if (value === undefined) throw new Error(`invalid value for ${key}: ${text}`);
    return value;
  }

  number(key: string, base: 8 | 10): number | undefined {
    const text = this.#fields.get(key);
    if (text === undefined) return undefined;
    if (!(base === 8 ? /^[0-7]+$/ : /^\d+$/).test(text)) throw new Error(`invalid value ${text} for ${key}`);
    return Number.parseInt(text, base);
  }

  bytes(key: string): number | undefined {
    const text = this.#fields.get(key);
    if (text === undefined) return undefined;
    try {
      return parseBytes(text);
    } catch (error) {
      throw new Error(`invalid value for ${key}: ${text}`, { cause: error });
    }
  }

  /** Cache mounts and tmpfs can be written, all else only where it says so. */
  readOnly(otherwise: boolean): boolean {
    const writable = this.bool("readwrite");
    return this.bool("readonly") ?? (writable === undefined ? otherwise : !writable);
  }

  owner(type: string): { mode?: number; uid?: number; gid?: number } {
    const owner: { mode?: number; uid?: number; gid?: number } = {};
    for (const key of ["mode", "uid", "gid"] as const) {
      const value = this.number(key, key === "mode" ? 8 : 10);
      if (value === undefined) continue;
      if (type === "bind" || type === "tmpfs")
        throw new Error(`${key} not allowed for "${type}" type mounts`);
      owner[key] = value;
    }
    return owner;
  }
}

function mountOf(type: RunMount["type"], fields: Fields): RunMount {
  const owner = fields.owner(type);
  const sharing = cacheSharing(fields.text("sharing"));
  if (type === "secret") return secretMount(fields, owner, sharing);
  if (sharing !== undefined && type !== "cache")
    throw new Error(`invalid cache sharing set for ${type} mount`);
  const target = fields.text("target");
  const places = { ...optional("source", fields.text("source")), ...optional("from", fields.text("from")) };
  switch (type) {
    case "bind":
      return { type, target: required(target, type), ...places, readOnly: fields.readOnly(true) };
    case "cache": {
      const at = required(target, type);
      const id = fields.text("id") ?? at;
      return {
        type,
        target: at,
        ...places,
        readOnly: fields.readOnly(false),
        id,
        sharing: sharing ?? "shared",
        ...owner,
      };
    }
    case "tmpfs":
      return { type, target: required(target, type), ...optional("sizeBytes", fields.bytes("size")) };
    case "ssh":
      return {
        type,
        id: fields.text("id") ?? "default",
        ...optional("target", target),
        required: fields.bool("required") ?? false,
        ...owner,
      };
  }
}

function secretMount(fields: Fields, owner: { mode?: number }, sharing: CacheSharing | undefined): RunMount {
  if (fields.text("from") !== undefined) throw new Error("secret mount should not have a from");
  if (sharing !== undefined) throw new Error("secret mount should not define sharing");
  const [id, source, written, env] = ["id", "source", "target", "env"].map((key) => fields.text(key));
  if (id === undefined && source === undefined && written === undefined)
    throw new Error("invalid secret mount. one of source, target required");
  if (id !== undefined && source !== undefined) throw new Error("both source and id can't be set");
  const name = id ?? source ?? baseName(written ?? "");
  // Only an environment variable was asked for: no file beside it.
  const target = written ?? (env === undefined ? `/run/secrets/${baseName(name)}` : undefined);
  return {
    type: "secret",
    id: name,
    ...optional("target", target),
    ...optional("env", env),
    required: fields.bool("required") ?? false,
    ...owner,
  };
}

function cacheSharing(text: string | undefined): CacheSharing | undefined {
  if (text === undefined) return undefined;
  const found = sharings.find((sharing) => sharing === text.toLowerCase());
  if (found === undefined)
    throw new Error(`unsupported sharing value ${JSON.stringify(text)}${suggestion(text, sharings)}`);
  return found;
}

function required(target: string | undefined, type: string): string {
  if (target === undefined)
    throw new Error(`invalid mount config for type "${type}": field Target must not be empty`);
  return target;
}

function baseName(path: string): string {
  return path.replace(/\/+$/, "").split("/").at(-1) ?? "";
}

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { [name in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [name in Name]?: Value };
}
