import type { BuildRequest } from "../../build/build-request.ts";
import { EngineError, messageOf } from "../../base/errors.ts";
import type { HostConfig } from "../../spec/api/container.ts";
import { parseAnnotation } from "../../spec/annotation.ts";
import { parseAttestations } from "../../spec/attestation-option.ts";
import { parseBool } from "../../spec/boolean.ts";
import { type CacheOption, parseCacheOption } from "../../spec/cache-option.ts";
import { parsePlatform } from "../../spec/platform.ts";
import { parseReference, type Reference, withDefaultTag } from "../../spec/reference.ts";
import { parseUlimit } from "../../spec/ulimit.ts";
import type { Call } from "../call.ts";
import { buildArguments, jsonList, jsonTexts, jsonValues } from "./json-parameter.ts";
import { registryConfig } from "../registry-auth.ts";

/** What of a build stands in the query and the headers of `POST /build`. */
export type BuildQuery = Omit<BuildRequest, "dockerfile" | "context" | "contexts" | "session">;

/** Reads the classic builder's parameters and Gantry's own (spec/api/build.ts). Throws Docker's errors. */
export function buildQuery(call: Call): BuildQuery {
  const { query } = call;
  refuse(query);
  const platform = query.string("platform");
  const buildArgs = buildArguments(query.string("buildargs"));
  return {
    target: query.string("target"),
    tags: query.strings("t").filter(Boolean).map(tagOf),
    buildArgs,
    cacheFrom: jsonList(query.string("cachefrom"), "cache-from").map((text) =>
      parseCacheOption(text, "from"),
    ),
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

/** What no builder of Linux does. */
function refuse(query: Call["query"]): void {
  const [version, isolation] = [query.string("version"), query.string("isolation")];
  if (!["", "1", "2"].includes(version))
    throw new EngineError("invalid", `invalid version ${JSON.stringify(version)}`);
  if (query.bool("squash"))
    throw new EngineError("invalid", "squash is only supported with experimental mode");
  if (query.string("securityopt") !== "")
    throw new EngineError("invalid", "security options are not supported on linux");
  if (isolation !== "" && isolation.toLowerCase() !== "default")
    throw new EngineError("invalid", `unsupported isolation: ${JSON.stringify(isolation)}`);
}

/** How clients that know no `cache-to` ask BuildKit for an image that carries its own cache. */
function inlineByArgument(buildArgs: ReadonlyMap<string, string>): CacheOption[] {
  return parseBool(buildArgs.get("BUILDKIT_INLINE_CACHE") ?? "") ? [{ type: "inline", attributes: {} }] : [];
}

function outputsOf(given: string): BuildRequest["outputs"] {
  // The classic builder's clients send what BuildKit's exporters take: a type, and attributes of their own.
  return jsonValues(given, "invalid outputs specified").map((item) => {
    const { Type, Attrs, ...own } = item as { Type?: string; Attrs?: Record<string, string> } & Record<
      string,
      string
    >;
    return Type === undefined ? own : { ...Attrs, type: Type };
  });
}

/** Whatever is wrong with a tag of a build, dockerd calls it its own fault. */
function tagOf(text: string): Reference {
  let reference: Reference;
  try {
    reference = parseReference(text);
  } catch (error) {
    throw new EngineError("internal", messageOf(error), error);
  }
  if (reference.digest !== undefined) throw new EngineError("internal", "build tag cannot contain a digest");
  return withDefaultTag(reference);
}

function limitsOf({ query }: Call): HostConfig {
  const ulimits = query.string("ulimits");
  return {
    ...number(lenient(query.string("memory")), "Memory"),
    ...number(lenient(query.string("memswap")), "MemorySwap"),
    ...number(lenient(query.string("cpushares")), "CpuShares"),
    ...number(lenient(query.string("cpuperiod")), "CpuPeriod"),
    ...number(lenient(query.string("cpuquota")), "CpuQuota"),
    ...number(sizeOf(query.string("shmsize")), "ShmSize"),
    ...text(query.string("cpusetcpus"), "CpusetCpus"),
    ...text(query.string("cpusetmems"), "CpusetMems"),
    ...text(query.string("cgroupparent"), "CgroupParent"),
    ...(ulimits !== "" && { Ulimits: ulimitsOf(ulimits) }),
  };
}

/** dockerd takes what is no number for none. */
function lenient(given: string): number | undefined {
  return /^[+-]?\d+$/.test(given) ? Number(given) : undefined;
}

function sizeOf(given: string): number | undefined {
  if (given === "") return undefined;
  if (/^[+-]?\d+$/.test(given)) return Number(given);
  throw new EngineError("internal", `strconv.ParseInt: parsing ${JSON.stringify(given)}: invalid syntax`);
}

function number(value: number | undefined, name: keyof HostConfig): HostConfig {
  return value === undefined || value === 0 ? {} : { [name]: value };
}

function text(value: string, name: keyof HostConfig): HostConfig {
  return value === "" ? {} : { [name]: value };
}

/** Docker's list of objects; Gantry's command sends `NAME=SOFT[:HARD]`. */
function ulimitsOf(given: string): NonNullable<HostConfig["Ulimits"]> {
  return jsonValues(given, "error reading ulimit settings").map((item) =>
    typeof item === "string" ? parseUlimit(item) : (item as NonNullable<HostConfig["Ulimits"]>[number]),
  );
}

/** One parameter each, or all in a JSON list. */
function extraHosts(given: string[]): string[] {
  return given.flatMap((entry) => (entry.startsWith("[") ? jsonList(entry) : [entry])).filter(Boolean);
}
