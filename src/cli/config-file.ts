import { readFileSync } from "node:fs";
import { CommandError } from "./command.ts";
import { errnoOf, messageOf } from "../base/errors.ts";

/** The user's `config.json`, as docker writes it; only the keys that are read. */
export interface ConfigFile {
  auths?: Record<string, { auth?: string; identitytoken?: string }>;
  credsStore?: string;
  credHelpers?: Record<string, string>;
  currentContext?: string;
  detachKeys?: string;
  HttpHeaders?: Record<string, string>;
  psFormat?: string;
  imagesFormat?: string;
  networksFormat?: string;
  volumesFormat?: string;
  statsFormat?: string;
  proxies?: Record<string, ProxyConfig>;
}

export interface ProxyConfig {
  httpProxy?: string;
  httpsProxy?: string;
  noProxy?: string;
  ftpProxy?: string;
  allProxy?: string;
}

/** Where config.json, TLS files and contexts stand: `--config`, DOCKER_CONFIG, `~/.docker`. */
export function configDirectory(flag: string | undefined, env: Record<string, string | undefined>): string {
  return flag || env.DOCKER_CONFIG || `${env.HOME ?? "/root"}/.docker`;
}

/** An absent file is an empty one. */
export function readConfigFile(directory: string): ConfigFile {
  const path = `${directory}/config.json`;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return {};
    throw new CommandError(`loading config file: ${messageOf(error)}`);
  }
  try {
    return JSON.parse(text) as ConfigFile;
  } catch (error) {
    throw new CommandError(`loading config file: ${path}: ${messageOf(error)}`);
  }
}
