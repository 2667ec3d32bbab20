// `--cache-from` and `--cache-to`, as buildx and BuildKit read them.
import { EngineError } from "../base/errors.ts";
import { parseCsvRecord } from "./csv.ts";
import { flagOf, layerChoiceOf } from "./layer-choice.ts";

/** Where a build's cache goes to, or comes from. */
export interface CacheOption {
  type: "registry" | "local" | "inline";
  attributes: Readonly<Record<string, string>>;
}

type Direction = "from" | "to";

const form = ["compression", "compression-level", "force-compression", "oci-mediatypes", "image-manifest"];
const known: Record<Direction, Partial<Record<CacheOption["type"], readonly string[]>>> = {
  from: { registry: ["ref"], local: ["src", "tag", "digest"] },
  to: {
    registry: ["ref", "mode", "ignore-error", ...form],
    local: ["dest", "tag", "mode", "ignore-error", ...form],
    inline: [],
  },
};

/** Reads `type=registry,ref=…` and the like; a reference alone is a registry's. Throws `invalid`, naming what is wrong. */
export function parseCacheOption(text: string, direction: Direction): CacheOption {
  const fields = parseCsvRecord(text);
  const [only = ""] = fields;
  if (fields.length === 1 && !only.includes("=")) return { type: "registry", attributes: { ref: only } };
  const { type = "", ...attributes } = Object.fromEntries(fields.map(keyAndValue));
  if (type === "") throw wrong(`type is required in ${JSON.stringify(text)}`);
  const option: CacheOption = { type: checkedType(type, direction), attributes };
  checkAttributes(option, direction);
  return option;
}

function keyAndValue(field: string): [string, string] {
  const [key = "", value] = field.split(/=(.*)/s, 2);
  if (value === undefined) throw wrong(`invalid value ${field}`);
  return [key.trim().toLowerCase(), value];
}

function checkedType(type: string, direction: Direction): CacheOption["type"] {
  const types = Object.keys(known[direction]) as CacheOption["type"][];
  const found = types.find((each) => each === type);
  if (found !== undefined) return found;
  const what = direction === "to" ? "exporter" : "importer";
  throw wrong(`unknown cache ${what}: ${JSON.stringify(type)} (one of ${types.join(", ")} is expected)`);
}

function checkAttributes({ type, attributes }: CacheOption, direction: Direction): void {
  const names = known[direction][type] ?? [];
  const strange = Object.keys(attributes).find((name) => !names.includes(name));
  if (strange !== undefined)
    throw wrong(
      `unknown option ${JSON.stringify(strange)} of a cache of type ${type} (known: ${names.join(", ") || "none"})`,
    );
  const place = { registry: "ref", local: direction === "to" ? "dest" : "src", inline: "" }[type];
  if (place !== "" && (attributes[place] ?? "") === "")
    throw wrong(`${place} is required for a ${type} cache`);
  const { mode = "min" } = attributes;
  if (mode !== "min" && mode !== "max") throw wrong(`invalid cache mode ${JSON.stringify(mode)}`);
  layerChoiceOf(attributes);
  flagOf(attributes, "ignore-error");
  for (const name of ["oci-mediatypes", "image-manifest"])
    if (flagOf(attributes, name) === false)
      throw wrong(`${name}=false is not supported: caches are OCI image manifests`);
}

function wrong(message: string): EngineError {
  return new EngineError("invalid", message);
}
