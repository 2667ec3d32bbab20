import { messageOf } from "../base/errors.ts";

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

/** The text of a file; undefined when there is none. */
export type ReadText = (path: string) => Promise<string | undefined>;

/** The file, and what is wrong with it: then it counts as empty. */
export interface ReadConfig {
  config: ConfigFile;
  warning?: string;
}

/** An absent file is an empty one. */
export async function readConfigFile(directory: string, readText: ReadText): Promise<ReadConfig> {
  const path = `${directory}/config.json`;
  try {
    const text = await readText(path);
    return { config: text === undefined ? {} : (JSON.parse(text) as ConfigFile) };
  } catch (error) {
    return { config: {}, warning: `WARNING: Error parsing config file (${path}): ${messageOf(error)}` };
  }
}
