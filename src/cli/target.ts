import { errnoOf, messageOf } from "../base/errors.ts";
import { type ClientOptions } from "../client/engine-client.ts";
import { parseHost } from "../client/endpoint.ts";
import type { TlsOptions } from "../client/transport.ts";
import { CommandError, type ParsedFlags } from "./command.ts";
import { files } from "./files.ts";
import type { ConfigFile } from "./config-file.ts";

export const defaultHost = "unix:///run/gantry/gantry.sock";
export const defaultContext = "default";

type Env = Record<string, string | undefined>;

/** Everything that says which engine is meant. */
export interface TargetSource {
  globals: ParsedFlags;
  env: Env;
  config: ConfigFile;
  configDirectory: string;
}

/** The context in effect: `-H` and DOCKER_HOST stand for the default one. Docker's order of precedence. */
export function currentContext({ globals, env, config }: TargetSource): string {
  if (globals.has("context") && globals.has("host"))
    throw new CommandError("conflicting options: cannot specify both --host and --context");
  if (globals.has("context")) return globals.string("context") || defaultContext;
  if (globals.has("host") || env.DOCKER_HOST) return defaultContext;
  return env.DOCKER_CONTEXT || config.currentContext || defaultContext;
}

/** How to reach the engine: from `-H` (the last one), DOCKER_HOST, or a stored context. */
export function resolveTarget(source: TargetSource): Omit<ClientOptions, "onCall"> {
  const { env, config } = source;
  const name = currentContext(source);
  const { host, tls } = name === defaultContext ? direct(source) : stored(source, name);
  const endpoint = parseEndpoint(host, tls !== undefined);
  return {
    host,
    endpoint,
    ...(tls && endpoint.kind === "tcp" && { tls }),
    ...(env.DOCKER_API_VERSION && { apiVersion: env.DOCKER_API_VERSION.replace(/^v/, "") }),
    ...(config.HttpHeaders && { headers: config.HttpHeaders }),
  };
}

function parseEndpoint(host: string, tls: boolean): ClientOptions["endpoint"] {
  try {
    return parseHost(host, tls);
  } catch (error) {
    throw new CommandError(messageOf(error));
  }
}

function direct(source: TargetSource): { host: string; tls?: TlsOptions } {
  const { globals, env } = source;
  const host = globals.list("host").at(-1) || env.DOCKER_HOST || defaultHost;
  const verify = globals.has("tlsverify") ? globals.bool("tlsverify") : Boolean(env.DOCKER_TLS_VERIFY);
  if (!verify && !globals.bool("tls") && !env.DOCKER_TLS) return { host };
  const directory = env.DOCKER_CERT_PATH || source.configDirectory;
  const pem = (flag: string, file: string) => readPem(globals.string(flag), `${directory}/${file}`);
  return {
    host,
    tls: tlsOptions(pem("tlscacert", "ca.pem"), pem("tlscert", "cert.pem"), pem("tlskey", "key.pem"), verify),
  };
}

function tlsOptions(
  ca: string | undefined,
  cert: string | undefined,
  key: string | undefined,
  verify: boolean,
): TlsOptions {
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), verify };
}

/** A file that was named must be there; one at its usual place may be absent. */
function readPem(named: string | undefined, usual: string): string | undefined {
  try {
    return files().readFileSync(named ?? usual, "utf8");
  } catch (error) {
    if (named === undefined && errnoOf(error) === "ENOENT") return undefined;
    throw new CommandError(`could not read TLS file: ${messageOf(error)}`);
  }
}

interface ContextMeta {
  Endpoints?: { docker?: { Host?: string; SkipTLSVerify?: boolean } };
}

function stored(source: TargetSource, name: string): { host: string; tls?: TlsOptions } {
  const { createHash } = require("node:crypto") as typeof import("node:crypto");
  const id = createHash("sha256").update(name).digest("hex");
  const contexts = `${source.configDirectory}/contexts`;
  const endpoint = readMeta(source, `${contexts}/meta/${id}/meta.json`, name).Endpoints?.docker;
  const host = endpoint?.Host || defaultHost;
  const pem = (file: string) => readPem(undefined, `${contexts}/tls/${id}/docker/${file}`);
  const [ca, cert, key] = [pem("ca.pem"), pem("cert.pem"), pem("key.pem")];
  if (ca === undefined && cert === undefined && !endpoint?.SkipTLSVerify) return { host };
  return { host, tls: tlsOptions(ca, cert, key, !endpoint?.SkipTLSVerify) };
}

function readMeta(source: TargetSource, path: string, name: string): ContextMeta {
  try {
    return JSON.parse(files().readFileSync(path, "utf8")) as ContextMeta;
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw new CommandError(`${path}: ${messageOf(error)}`);
    const fromConfig = !source.globals.has("context") && !source.env.DOCKER_CONTEXT;
    throw new CommandError(
      fromConfig
        ? `current context "${name}" is not found on the file system, please check your config file at ${source.configDirectory}/config.json`
        : `context "${name}": context not found: open ${path}: no such file or directory`,
    );
  }
}
