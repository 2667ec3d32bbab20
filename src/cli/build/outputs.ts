import { parseCsvRecord } from "../../spec/csv.ts";
import { parseBool } from "../../spec/boolean.ts";
import { nearest } from "../../base/nearest.ts";

/** One `--output`: where the result goes. */
export interface BuildOutput {
  type: OutputType;
  /** Where the result is written here; `-` is stdout. Absent if it stays in the engine. */
  destination?: string;
  /** An archive is unpacked there: `tar=false`. */
  unpacked?: boolean;
  /** Everything else, as given. */
  attributes: Record<string, string>;
}

const types = ["docker", "image", "local", "oci", "registry", "tar"] as const;
export type OutputType = (typeof types)[number];

/** Reads `type=…,dest=…`, a folder's path alone, or `-` for a tar on stdout. Throws an Error in buildx's words. */
export function parseOutput(text: string): BuildOutput {
  const fields = parseCsvRecord(text);
  const [only = ""] = fields;
  if (fields.length === 1 && !only.startsWith("type=")) {
    if (only === "") throw new Error("type is required for output");
    return { type: only === "-" ? "tar" : "local", destination: only, attributes: {} };
  }
  const { type, dest, destination = dest, tar, ...attributes } = keysAndValues(fields);
  if (type === undefined) throw new Error("type is required for output");
  const output = placed(outputType(type), destination, attributes);
  return tar === undefined ? output : { ...output, unpacked: isUnpacked(output, tar) };
}

function keysAndValues(
  fields: readonly string[],
): Record<string, string | undefined> & Record<string, string> {
  const pairs = fields.map((field): [string, string] => {
    const [key = "", value] = field.split(/=(.*)/s, 2);
    if (value === undefined) throw new Error(`invalid value ${field}`);
    return [key.trim().toLowerCase(), value];
  });
  return Object.fromEntries(pairs);
}

function isUnpacked({ type, destination }: BuildOutput, tar: string): boolean {
  const value = parseBool(tar);
  if (value === undefined)
    throw new Error(`invalid value for tar: ${JSON.stringify(tar)} (true or false is expected)`);
  if (type !== "oci" && type !== "docker")
    throw new Error(`unknown option "tar" of an output of type ${type}`);
  if (!value && (destination === undefined || destination === "-"))
    throw new Error(`dest is required for ${type} output with tar=false`);
  return !value;
}

function outputType(text: string): OutputType {
  const type = types.find((known) => known === text);
  if (type !== undefined) return type;
  const near = nearest(text, types, 2);
  throw new Error(
    `exporter ${JSON.stringify(text)} could not be found${near === undefined ? "" : ` (did you mean ${near}?)`}`,
  );
}

function placed(
  type: OutputType,
  destination: string | undefined,
  attributes: Record<string, string>,
): BuildOutput {
  if (type === "local" && destination === undefined) throw new Error("dest is required for local exporter");
  if (type === "local" && destination === "-") throw new Error("dest cannot be stdout for local exporter");
  if ((type === "image" || type === "registry") && destination !== undefined)
    throw new Error(`dest cannot be used with ${type} output`);
  // An archive without a place goes to stdout; `docker` without one is loaded into the engine.
  const place = destination ?? (type === "tar" || type === "oci" ? "-" : undefined);
  return { type, ...(place !== undefined && { destination: place }), attributes };
}

/** As the engine is asked for it: nothing about places on this machine. */
export function outputQuery({ type, destination, attributes }: BuildOutput): Record<string, string> {
  if (type === "registry") return { ...attributes, type: "image", push: "true" };
  if (type === "docker" && destination === undefined) return { ...attributes, type: "image" };
  return { ...attributes, type };
}
