import type { ConfigFile, ProxyConfig } from "../config-file.ts";

const variables: [name: string, key: keyof ProxyConfig][] = [
  ["HTTP_PROXY", "httpProxy"],
  ["HTTPS_PROXY", "httpsProxy"],
  ["NO_PROXY", "noProxy"],
  ["FTP_PROXY", "ftpProxy"],
  ["ALL_PROXY", "allProxy"],
];

/** The proxies of config.json for this engine, else its default ones, in both spellings. */
export function proxyEnv(config: ConfigFile, host: string): string[] {
  const proxies = config.proxies?.[host] ?? config.proxies?.default ?? {};
  return variables.flatMap(([name, key]) => {
    const value = proxies[key];
    return value ? [`${name}=${value}`, `${name.toLowerCase()}=${value}`] : [];
  });
}
