import type { BuildRequest } from "../../build/build-request.ts";
import { EngineError } from "../../base/errors.ts";
import type { HostConfig } from "../../spec/api/container.ts";
import { parseAnnotation } from "../../spec/annotation.ts";
import { parseAttestations } from "../../spec/attestation-option.ts";
import { parseBool } from "../../spec/boolean.ts";
import { type CacheOption, parseCacheOption } from "../../spec/cache-option.ts";
import { parsePlatform } from "../../spec/platform.ts";
import { parseReference, type Reference, withDefaultTag } from "../../spec/reference.ts";
import { parseUlimit } from "../../spec/ulimit.ts";
import type { Call } from "../call.ts";
import { registryConfig } from "../registry-auth.ts";

/** What of a build stands in the query and the headers of `POST /build`. */
export type BuildQuery = Omit<BuildRequest, "dockerfile" | "context" | "contexts" | "session">;

/** Reads the classic builder's parameters and Gantry's own (spec/api/build.ts). Throws Docker's errors. */
export function buildQuery(call: Call): BuildQuery {
  const { query } = call;
  const platform = query.string("platform");
  const buildArgs = buildArgsOf(query.string("buildargs"));
  return {
    target: query.string("target"),
    tags: query.strings("t").filter(Boolean).map(tagOf),
    buildArgs,
    cacheFrom: jsonList(query.string("cachefrom")).map((text) => parseCacheOption(text, "from")),
    cacheTo: [
      ...jsonList(query.string("cacheto")).map((text) => parseCacheOption(text, "to")),
      ...inlineByArgument(buildArgs),
    ],
    outputs: outputsOf(query.string("outputs")),
    labels: jsonTexts(query.string("labels"), "labels"),
    noCache: query.bool("nocache"),
    noCacheFilter: jsonList(query.string("nocachefilter")),
    pull: query.bool("pull"),
    platforms: platform
      .split(",")
      .filter(Boolean)
      .map((text) => parsePlatform(text)),
    attestations: parseAttestations(jsonList(query.string("attests"))),
    annotations: jsonList(query.string("annotations")).map(parseAnnotation),
    extraHosts: extraHosts(query.strings("extrahosts")),
    network: query.string("networkmode") || "default",
    entitlements: jsonList(query.string("allow")),
    limits: limitsOf(call),
    credentials: registryConfig(call),
  };
}

function buildArgsOf(given: string): Map<string, string> {
  const args = new Map<string, string>();
  for (const [name, value] of Object.entries(jsonMap(given, "build args")))
    if (value !== null) args.set(name, value);
  return args;
}

/** How clients that know no `cache-to` ask BuildKit for an image that carries its own cache. */
function inlineByArgument(buildArgs: ReadonlyMap<string, string>): CacheOption[] {
  return parseBool(buildArgs.get("BUILDKIT_INLINE_CACHE") ?? "") ? [{ type: "inline", attributes: {} }] : [];
}

function outputsOf(given: string): BuildRequest["outputs"] {
  if (given === "") return [];
  const list = parsed(given, "outputs");
  // The classic builder's clients send what BuildKit's exporters take: a type, and attributes of their own.
  if (!Array.isArray(list)) throw malformed("outputs");
  return list.map((item: { Type?: string; Attrs?: Record<string, string> } & Record<string, string>) =>
    item.Type === undefined ? item : { ...item.Attrs, type: item.Type },
  );
}

function tagOf(text: string): Reference {
  const reference = parseReference(text);
  if (reference.digest !== undefined)
    throw new EngineError("internal", "refusing to create a tag with a digest reference");
  return withDefaultTag(reference);
}

function limitsOf({ query }: Call): HostConfig {
  const ulimits = query.string("ulimits");
  return {
    ...number(query.int("memory"), "Memory"),
    ...number(query.int("memswap"), "MemorySwap"),
    ...number(query.int("cpushares"), "CpuShares"),
    ...number(query.int("cpuperiod"), "CpuPeriod"),
    ...number(query.int("cpuquota"), "CpuQuota"),
    ...number(query.int("shmsize"), "ShmSize"),
    ...text(query.string("cpusetcpus"), "CpusetCpus"),
    ...text(query.string("cpusetmems"), "CpusetMems"),
    ...text(query.string("cgroupparent"), "CgroupParent"),
    ...(ulimits !== "" && { Ulimits: ulimitsOf(ulimits) }),
  };
}

function number(value: number | undefined, name: keyof HostConfig): HostConfig {
  return value === undefined || value === 0 ? {} : { [name]: value };
}

function text(value: string, name: keyof HostConfig): HostConfig {
  return value === "" ? {} : { [name]: value };
}

/** Docker's list of objects; Gantry's command sends `NAME=SOFT[:HARD]`. */
function ulimitsOf(given: string): NonNullable<HostConfig["Ulimits"]> {
  const list = parsed(given, "ulimits");
  if (!Array.isArray(list)) throw malformed("ulimits");
  return list.map((item: unknown) =>
    typeof item === "string" ? parseUlimit(item) : (item as NonNullable<HostConfig["Ulimits"]>[number]),
  );
}

/** One parameter each, or all in a JSON list. */
function extraHosts(given: string[]): string[] {
  return given.flatMap((entry) => (entry.startsWith("[") ? jsonList(entry) : [entry])).filter(Boolean);
}

function parsed(given: string, what: string): unknown {
  try {
    return JSON.parse(given);
  } catch (error) {
    throw malformed(what, error);
  }
}

function malformed(what: string, cause?: unknown): EngineError {
  return new EngineError("invalid", `error reading ${what}`, cause);
}

function jsonMap(given: string, what: string): Record<string, string | null> {
  if (given === "") return {};
  const value = parsed(given, what);
  if (value === null) return {};
  const isMap = typeof value === "object" && !Array.isArray(value);
  if (!isMap || !Object.values(value).every((each) => each === null || typeof each === "string"))
    throw malformed(what);
  return value as Record<string, string | null>;
}

/** A JSON object of texts; empty where there is none. */
export function jsonTexts(given: string, what: string): Record<string, string> {
  const map = jsonMap(given, what);
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, value ?? ""]));
}

/** A JSON list of texts; empty where there is none. */
export function jsonList(given: string): string[] {
  if (given === "") return [];
  const value = parsed(given, "list");
  if (!Array.isArray(value) || !value.every((each) => typeof each === "string")) throw malformed("list");
  return value;
}
