// `--docker host=…,ca=…`: the endpoint of a context.
import { readFileSync } from "node:fs";
import { parseCsvRecord } from "../../spec/csv.ts";
import { parseBool } from "../../spec/boolean.ts";
import { CommandError, type Flag } from "../command.ts";
import { openError } from "../open-error.ts";
import type { Contexts } from "./contexts.ts";
import type { ContextEndpoint } from "./store.ts";

export const dockerFlag: Flag = {
  name: "docker",
  kind: "list",
  value: "stringToString",
  summary: "set the docker endpoint",
  default: "[]",
  check: (text) => void pairs(text),
};

export const endpointDetails = (verb: string, title: string): string => `${title}

Docker endpoint config:

NAME                DESCRIPTION
from                Copy named context's Docker endpoint configuration
host                Docker endpoint on which to connect
ca                  Trust certs signed only by this CA
cert                Path to TLS certificate file
key                 Path to TLS key file
skip-tls-verify     Skip TLS certificate validation

Example:

$ docker context ${verb} my-context --description "some description" --docker "host=tcp://myserver:2376,ca=~/ca-file,cert=~/cert-file,key=~/key-file"`;

const keys = ["from", "host", "ca", "cert", "key", "skip-tls-verify"];

export interface EndpointConfig {
  endpoint: ContextEndpoint;
  tls: Record<string, Buffer>;
}

/** Throws docker's words for what is wrong. */
export function endpointConfig(texts: readonly string[], contexts: Contexts): EndpointConfig {
  try {
    return read(new Map(texts.flatMap(pairs)), contexts);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`unable to create docker endpoint config: ${reason}`);
  }
}

/** One pair may hold commas; with more than one `=` the text is comma-separated. */
function pairs(text: string): [string, string][] {
  const count = text.split("=").length - 1;
  if (count === 0) throw new Error(`${text} must be formatted as key=value`);
  const all = count === 1 ? [text.replace(/^"+|"+$/g, "")] : parseCsvRecord(text);
  return all.map((pair) => {
    const equals = pair.indexOf("=");
    if (equals < 0) throw new Error(`${pair} must be formatted as key=value`);
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
}

function read(config: ReadonlyMap<string, string>, contexts: Contexts): EndpointConfig {
  const unknown = [...config.keys()].filter((key) => !keys.includes(key));
  if (unknown.length > 0) throw new Error(unknown.map((key) => `unrecognized config key: ${key}`).join("\n"));
  const from = config.get("from");
  if (from !== undefined) return { endpoint: dockerEndpoint(from, contexts), tls: {} };
  const tls: Record<string, Buffer> = {};
  for (const name of ["ca", "cert", "key"]) {
    const path = config.get(name);
    if (path) tls[`${name}.pem`] = readPem(path);
  }
  const host = config.get("host") ?? "";
  return { endpoint: { ...(host && { Host: host }), SkipTLSVerify: skips(config) }, tls };
}

function dockerEndpoint(name: string, contexts: Contexts): ContextEndpoint {
  const endpoint = contexts.get(name).Endpoints.docker;
  if (endpoint === undefined) throw new Error(`unable to get endpoint from context ${JSON.stringify(name)}`);
  return endpoint;
}

function skips(config: ReadonlyMap<string, string>): boolean {
  const text = config.get("skip-tls-verify");
  if (text === undefined) return false;
  const value = parseBool(text);
  if (value === undefined)
    throw new Error(`skip-tls-verify: parsing ${JSON.stringify(text)}: invalid syntax`);
  return value;
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw openError(path, error);
  }
}
