import { EngineError } from "../base/errors.ts";

/** A place to ask before the registry itself. */
export interface MirrorConfig {
  /** `https://HOST[:PORT][/PREFIX]`; the API stands at `/v2/` below it. */
  url: string;
  /** Regular expressions over the repository's path, and what to put in their place (`$1` …). The first that matches counts. */
  rewrite?: Record<string, string>;
  /** Takes any certificate. */
  insecure?: boolean;
}

/** One registry's entry in `registries` of daemon.json, by its domain; `*` is for those without one. */
export interface RegistrySettings {
  mirrors?: (string | MirrorConfig)[];
}

/** What the engine's configuration says about registries. Read at each use: a reload may change it. */
export interface RegistryConfig {
  registries: Record<string, RegistrySettings>;
  /** dockerd's `registry-mirrors`: for Docker Hub alone. */
  registryMirrors: string[];
  /** Hosts (with port) and networks (`address/bits`). */
  insecureRegistries: string[];
}

/** Checks the shape of `registries` as it stands in daemon.json. Throws `invalid`, naming the entry. */
export function registrySettings(entries: Record<string, unknown>): Record<string, RegistrySettings> {
  for (const [domain, entry] of Object.entries(entries)) {
    const { mirrors = [], ...others } = isRecord(entry) ? entry : { "": entry };
    if (Object.keys(others).length > 0 || !Array.isArray(mirrors) || !mirrors.every(isMirror))
      throw new EngineError(
        "invalid",
        `registries: the entry of ${domain} must be like ` +
          '{"mirrors": ["https://HOST", {"url": "https://HOST", "rewrite": {"^library/": "hub/"}, "insecure": false}]}',
      );
  }
  return entries as Record<string, RegistrySettings>;
}

function isMirror(mirror: unknown): boolean {
  if (typeof mirror === "string") return true;
  const { url, rewrite = {}, insecure = false, ...others } = (mirror ?? {}) as Record<string, unknown>;
  const isRewrite = isRecord(rewrite) && Object.values(rewrite).every((text) => typeof text === "string");
  return (
    typeof url === "string" && isRewrite && typeof insecure === "boolean" && Object.keys(others).length === 0
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Throws `invalid`, naming the entry. */
export function checkRegistryConfig({
  registries,
  registryMirrors,
  insecureRegistries,
}: RegistryConfig): void {
  for (const mirror of registryMirrors) checkMirrorUrl(mirror);
  for (const [domain, { mirrors = [] }] of Object.entries(registries))
    for (const mirror of mirrors) checkMirror(domain, mirrorOf(mirror));
  for (const entry of insecureRegistries)
    if (entry.includes("://"))
      throw new EngineError(
        "invalid",
        `insecure registry ${entry} should not contain '${entry.slice(0, entry.indexOf("://") + 3)}'`,
      );
}

export function mirrorOf(mirror: string | MirrorConfig): MirrorConfig {
  return typeof mirror === "string" ? { url: mirror } : mirror;
}

function checkMirror(domain: string, { url, rewrite = {} }: MirrorConfig): void {
  checkMirrorUrl(url);
  for (const pattern of Object.keys(rewrite)) {
    if (isPattern(pattern)) continue;
    const where = `the rewrite ${JSON.stringify(pattern)} of ${domain}`;
    throw new EngineError("invalid", `invalid mirror: ${where} is not a regular expression`);
  }
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

function checkMirrorUrl(text: string): void {
  const problem = mirrorProblem(text);
  if (problem !== undefined) throw new EngineError("invalid", `invalid mirror: ${problem}`);
}

function mirrorProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return `${JSON.stringify(text)} is not a valid URI`;
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return `unsupported scheme "${url.protocol.slice(0, -1)}" in ${JSON.stringify(text)}`;
  if (url.search !== "" || url.hash !== "") return `query or fragment at end of URI ${JSON.stringify(text)}`;
  if (url.username !== "") return `username/password not allowed in URI ${JSON.stringify(text)}`;
  return undefined;
}
