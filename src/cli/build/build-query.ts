import type { BuildExtensions } from "../../spec/api/build.ts";
import { attestationText } from "../../spec/attestation-option.ts";
import { parseExtraHost } from "../../spec/extra-host.ts";
import { parseBytes, parseSwapBytes } from "../../spec/size.ts";
import { parseUlimit } from "../../spec/ulimit.ts";
import type { Query } from "../../client/client.ts";
import type { ConfigFile } from "../config-file.ts";
import { proxyEnv } from "../create/proxy-env.ts";
import { callFlag } from "./call-flag.ts";
import { keyValues } from "../key-values.ts";
import { type ParsedFlags, CommandError } from "../command.ts";

type Environment = Record<string, string | undefined>;

/** The classic query of `POST /build`: what any engine understands. Throws CommandError. */
export function classicQuery(flags: ParsedFlags, env: Environment, config: ConfigFile, host: string): Query {
  const buildArgs = { ...proxyArguments(config, host), ...buildArguments(flags.list("build-arg"), env) };
  const [memory, swap, shm] = ["memory", "memory-swap", "shm-size"].map((name) => flags.string(name));
  return {
    t: flags.list("tag"),
    ...(Object.keys(buildArgs).length > 0 && { buildargs: buildArgs }),
    ...(flags.has("label") && { labels: keyValues(flags.list("label")) }),
    ...switches(flags),
    extrahosts: flags.list("add-host").map(parseExtraHost),
    networkmode: flags.string("network"),
    platform: platformOf(flags),
    target: flags.string("target"),
    cgroupparent: flags.string("cgroup-parent"),
    memory: memory === undefined ? undefined : parseBytes(memory),
    memswap: swap === undefined ? undefined : parseSwapBytes(swap),
    shmsize: shm === undefined ? undefined : parseBytes(shm),
    ...cpuLimits(flags),
    ...(flags.has("ulimit") && { ulimits: JSON.stringify(flags.list("ulimit").map(parseUlimit)) }),
    ...(flags.has("cache-from") && { cachefrom: JSON.stringify(flags.list("cache-from")) }),
    version: "1",
  };
}

function switches(flags: ParsedFlags): Query {
  return {
    rm: 1,
    ...(flags.bool("no-cache") && { nocache: 1 }),
    ...(flags.bool("pull") && { pull: 1 }),
    ...(flags.bool("force-rm") && { forcerm: 1 }),
  };
}

function cpuLimits(flags: ParsedFlags): Query {
  return {
    cpuperiod: flags.int("cpu-period"),
    cpuquota: flags.int("cpu-quota"),
    cpushares: flags.int("cpu-shares"),
    cpusetcpus: flags.string("cpuset-cpus"),
    cpusetmems: flags.string("cpuset-mems"),
  };
}

/** What only Gantry's engine understands. */
export function extendedQuery(flags: ParsedFlags): BuildExtensions {
  const [call, attests] = [callFlag(flags), attestations(flags)];
  return {
    trace: 1,
    ...(flags.has("no-cache-filter") && { nocachefilter: JSON.stringify(flags.list("no-cache-filter")) }),
    ...(flags.has("cache-to") && { cacheto: JSON.stringify(flags.list("cache-to")) }),
    ...(flags.has("allow") && { allow: JSON.stringify(flags.list("allow").map(entitlement)) }),
    ...(attests.length > 0 && { attests: JSON.stringify(attests) }),
    ...(flags.has("annotation") && { annotations: JSON.stringify(flags.list("annotation")) }),
    ...(call !== undefined && { call: call.method }),
    ...(flags.bool("explain") && { explain: 1 }),
  };
}

function entitlement(name: string): string {
  if (name === "network.host" || name === "security.insecure") return name;
  throw new CommandError(`unknown entitlement ${name}`);
}

/** `NAME=value`; a name alone takes its value from the environment, or is not given at all. */
function buildArguments(texts: readonly string[], env: Environment): Record<string, string> {
  // Reproducible builds are asked for by the environment (reproducible-builds.org).
  const epoch = env.SOURCE_DATE_EPOCH;
  const given: Record<string, string> =
    epoch === undefined || epoch === "" ? {} : { SOURCE_DATE_EPOCH: epoch };
  for (const text of texts) {
    const [name = "", value = env[name]] = text.split(/=(.*)/s, 2);
    if (value !== undefined) given[name] = value;
  }
  return given;
}

function proxyArguments(config: ConfigFile, host: string): Record<string, string> {
  return keyValues(proxyEnv(config, host));
}

function platformOf(flags: ParsedFlags): string | undefined {
  const platforms = flags.list("platform").flatMap((text) => text.split(","));
  return platforms.length === 0 ? undefined : platforms.join(",");
}

/** `--attest`, and its shorthands behind it. */
function attestations(flags: ParsedFlags): string[] {
  const shorthand = (type: "provenance" | "sbom") => {
    const text = flags.string(type);
    return text === undefined ? [] : [attestationText(type, text)];
  };
  return [...flags.list("attest"), ...shorthand("provenance"), ...shorthand("sbom")];
}
