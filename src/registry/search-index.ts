import { EngineError } from "../base/errors.ts";
import { basicHeader, type Credentials, hasPassword } from "./credentials.ts";
import { hubDomain, registryEndpoint } from "./endpoints.ts";
import type { RegistryConfig } from "./registry-config.ts";
import { readBounded } from "./registry-error.ts";
import type { Transport } from "./transport.ts";

/** As the index has it; field names are its own. */
export interface SearchResult {
  name: string;
  description: string;
  star_count: number;
  is_official: boolean;
  is_automated: boolean;
}

const longestAnswer = 4 << 20;
const defaultLimit = 25;

/** Asks a version 1 index, the only one that can search. Throws `invalid` for a limit out of 1 to 100. */
export async function searchIndex(options: {
  term: string;
  limit?: number;
  credentials?: Credentials | undefined;
  config: RegistryConfig;
  transport: Transport;
  signal?: AbortSignal | undefined;
}): Promise<SearchResult[]> {
  const { term, limit = 0, credentials = {}, transport, signal } = options;
  if (term.includes("://"))
    throw new EngineError("invalid", "invalid repository name: repository name should not contain a scheme");
  const count = limit === 0 ? defaultLimit : limit;
  if (count < 1 || count > 100)
    throw new EngineError("invalid", `limit ${limit} is outside the range of [1, 100]`);
  const [domain, rest] = splitTerm(term);
  const { bases, insecure } = await indexEndpoint(domain, options.config);
  const headers: Record<string, string> = hasPassword(credentials)
    ? { Authorization: basicHeader(credentials) }
    : {};
  let failure: unknown;
  for (const base of bases) {
    const url = new URL("v1/search", base);
    url.search = new URLSearchParams({ q: rest, n: String(count) }).toString();
    try {
      return await resultsIn(await transport.send({ method: "GET", url, headers, insecure, signal }));
    } catch (error) {
      if (!(error instanceof EngineError) || error.kind !== "unavailable") throw error;
      failure = error;
    }
  }
  throw failure;
}

/** The first part is a host as in references. */
function splitTerm(term: string): [domain: string, rest: string] {
  const slash = term.indexOf("/");
  const first = slash < 0 ? "" : term.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === "localhost";
  if (!isHost || first === hubDomain || first === "index.docker.io")
    return [hubDomain, (isHost ? term.slice(slash + 1) : term).replace(/^library\//, "")];
  return [first, term.slice(slash + 1)];
}

async function indexEndpoint(domain: string, config: RegistryConfig) {
  if (domain === hubDomain) return { bases: [new URL("https://index.docker.io/")], insecure: false };
  return await registryEndpoint(domain, "", config);
}

async function resultsIn(response: Response): Promise<SearchResult[]> {
  if (!response.ok) {
    await response.body?.cancel();
    throw new EngineError("internal", `Unexpected status code ${response.status}`);
  }
  const { results } = JSON.parse(await readBounded(response, longestAnswer)) as { results?: unknown };
  return Array.isArray(results) ? (results as SearchResult[]) : [];
}
