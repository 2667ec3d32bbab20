import type { CreateBody } from "../../client/containers.ts";
import { pairsToMap, parseEnv } from "../../spec/key-value-file.ts";
import { parseExpose, parsePublish } from "../../spec/port.ts";
import { parseVolumeFlag } from "../../spec/volume-flag.ts";
import type { ParsedFlags } from "../command.ts";
import { checkMacAddress } from "./addresses.ts";
import { lastOfEach, readPairFile } from "./environment.ts";
import { healthConfig } from "./health.ts";
import { hostConfig, orNull } from "./host-config.ts";
import { endpointsConfig, networkAttachments } from "./networking.ts";

export interface CreateInput {
  flags: ParsedFlags;
  /** Image and command. */
  args: readonly string[];
  env: Record<string, string | undefined>;
  /** What relative paths start from. */
  directory: string;
  /** Variables that every container gets (proxies of config.json); the user's own win. */
  defaultEnv: readonly string[];
  /** `run -d`: nothing is attached. */
  detached: boolean;
  /** The size that a container's terminal starts with; zeros leave it to the engine. */
  consoleSize: [rows: number, columns: number];
}

/** The body of POST /containers/create, field for field what docker's client sends. Throws in docker's words. */
export function createBody(input: CreateInput): CreateBody {
  const { flags, args, directory } = input;
  const macAddress = flags.string("mac-address") ?? "";
  if (macAddress !== "") checkMacAddress(macAddress);
  const attached = attachments(flags, input.detached);
  const { binds, volumes } = splitVolumes(flags.list("volume"), directory);
  const networks = networkAttachments(flags);
  const interactive = flags.bool("interactive");
  const text = (name: string) => flags.string(name) ?? "";
  const body = {
    Hostname: text("hostname"),
    Domainname: text("domainname"),
    User: text("user"),
    ...attached,
    Tty: flags.bool("tty"),
    OpenStdin: interactive,
    // The container's stdin ends with the one client that feeds it.
    StdinOnce: interactive && attached.AttachStdin,
    Env: orNull(environment(input)),
    Cmd: orNull(args.slice(1)),
    Image: args[0] ?? "",
    Volumes: Object.fromEntries(volumes.map((path) => [path, {}])),
    WorkingDir: text("workdir"),
    Entrypoint: flags.has("entrypoint") ? [text("entrypoint")] : null,
    OnBuild: null,
    Labels: labels(input),
    ...exposedPorts(flags),
    ...healthcheck(flags),
    ...(text("stop-signal") && { StopSignal: text("stop-signal") }),
    ...(flags.has("stop-timeout") && { StopTimeout: flags.int("stop-timeout") }),
    HostConfig: hostConfig({
      flags,
      binds,
      attachments: networks,
      directory,
      consoleSize: input.consoleSize,
    }),
    NetworkingConfig: { EndpointsConfig: endpointsConfig(flags, networks) },
  };
  return body as CreateBody;
}

function attachments(flags: ParsedFlags, detached: boolean) {
  const named = flags.list("attach").map((stream) => stream.toLowerCase());
  const on = (stream: string) => !detached && (named.length === 0 || named.includes(stream));
  return {
    AttachStdin: !detached && (named.includes("stdin") || flags.bool("interactive")),
    AttachStdout: on("stdout"),
    AttachStderr: on("stderr"),
  };
}

function splitVolumes(texts: readonly string[], directory: string) {
  const binds: string[] = [];
  const volumes: string[] = [];
  for (const text of new Set(texts)) {
    const flag = parseVolumeFlag(text, directory);
    if ("bind" in flag) binds.push(flag.bind);
    else volumes.push(flag.anonymous);
  }
  return { binds, volumes };
}

/** Variables of files first, then the proxies of config.json, then `-e`. */
function environment({ flags, env, defaultEnv }: CreateInput): string[] {
  const lookup = (name: string) => env[name];
  const files = flags.list("env-file").flatMap((path) => readPairFile(path, lookup));
  const own = flags.list("env").map((variable) => parseEnv(variable, lookup));
  return [...files, ...lastOfEach([...defaultEnv, ...own])];
}

function labels({ flags }: CreateInput): Record<string, string> {
  const files = flags.list("label-file").flatMap((path) => readPairFile(path));
  // The engine knows these by labels, which any client can set and any other engine keeps.
  const own = ["ttl", "idle-ttl"].flatMap((name) =>
    flags.has(name) ? [`gantry.${name}=${flags.string(name) ?? ""}`] : [],
  );
  return pairsToMap([...files, ...flags.list("label"), ...own]);
}

function exposedPorts(flags: ParsedFlags) {
  const ports = [
    ...parsePublish(flags.list("publish")).exposed,
    ...flags.list("expose").flatMap(parseExpose),
  ];
  return ports.length === 0 ? {} : { ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])) };
}

function healthcheck(flags: ParsedFlags) {
  const config = healthConfig(flags);
  return config === undefined ? {} : { Healthcheck: config };
}
