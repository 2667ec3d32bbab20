import { EngineError } from "../base/errors.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { basicHeader, type Credentials, hasPassword } from "./credentials.ts";
import type { TokenCache, TokenRequest, TokenService } from "./tokens.ts";

/** What dockerd says where a user and a password are asked for and none were given. */
export const noCredentials = "no basic auth credentials";

type Scheme = { kind: "basic" } | { kind: "bearer"; service: TokenService };

/** Proves to one registry who speaks, in the way that the registry asks for. */
export class Authorizer {
  readonly #credentials: Credentials;
  readonly #tokens: TokenCache;
  readonly #insecure: boolean;
  #scheme: Scheme | undefined;
  /** Rights that the registry asked for beyond those that were thought to be enough. */
  readonly #moreScopes = new Set<string>();

  constructor(options: { credentials: Credentials; tokens: TokenCache; insecure: boolean }) {
    this.#credentials = options.credentials;
    this.#tokens = options.tokens;
    this.#insecure = options.insecure;
  }

  /** The Authorization header; undefined as long as none was asked for. Throws where there is nothing to show. */
  async header(scopes: readonly string[], signal: AbortSignal | undefined): Promise<string | undefined> {
    const scheme = this.#scheme;
    if (scheme === undefined) return undefined;
    if (scheme.kind === "bearer") return `Bearer ${await this.#token(scheme.service, scopes, signal)}`;
    if (hasPassword(this.#credentials)) return basicHeader(this.#credentials);
    throw new EngineError("internal", noCredentials);
  }

  async #token(
    service: TokenService,
    scopes: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const { registryToken } = this.#credentials;
    return registryToken || (await this.#tokens.get(this.#tokenRequest(service, scopes, signal)));
  }

  /** Takes in what a registry asks for: a WWW-Authenticate header, and the URL that it answered for. */
  learn(header: string, url: URL): void {
    const challenges = parseChallenges(header);
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer !== undefined) this.#learnBearer(bearer.parameters, url);
    else if (challenges.some(({ scheme }) => scheme === "basic")) this.#scheme = { kind: "basic" };
  }

  #learnBearer({ realm = "", service = "", scope = "" }: Challenge["parameters"], url: URL): void {
    for (const each of scope.split(" ")) if (each !== "") this.#moreScopes.add(each);
    this.#scheme = { kind: "bearer", service: { realm: realmOf(realm, url, this.#insecure), service } };
  }

  /** After a refusal: whether something else than `sent` can be shown. A token may have ended early, or be too weak. */
  canImprove(sent: string | undefined, scopes: readonly string[]): boolean {
    const scheme = this.#scheme;
    if (scheme === undefined) return false;
    if (sent === undefined) return true;
    if (scheme.kind === "basic" || this.#credentials.registryToken) return false;
    this.#tokens.forget(this.#tokenRequest(scheme.service, scopes, undefined));
    return true;
  }

  #scopes(scopes: readonly string[]): string[] {
    return mergeScopes([...scopes, ...this.#moreScopes]);
  }

  #tokenRequest(
    service: TokenService,
    scopes: readonly string[],
    signal: AbortSignal | undefined,
  ): TokenRequest {
    const credentials = this.#credentials;
    return { service, scopes: this.#scopes(scopes), credentials, insecure: this.#insecure, signal };
  }
}

/** One entry for each resource, with all of its actions. */
function mergeScopes(scopes: readonly string[]): string[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of scopes) {
    const colon = scope.lastIndexOf(":");
    const resource = scope.slice(0, colon);
    const known = actions.get(resource) ?? new Set();
    for (const action of scope.slice(colon + 1).split(",")) known.add(action);
    actions.set(resource, known);
  }
  return [...actions].map(([resource, names]) => `${resource}:${[...names].sort().join(",")}`).sort();
}

/** Passwords go nowhere without encryption, unless the registry itself is spoken to without. */
function realmOf(text: string, url: URL, insecure: boolean): URL {
  if (!URL.canParse(text)) throw new EngineError("internal", `the registry names no token service: ${text}`);
  const realm = new URL(text);
  const plain = realm.protocol !== "https:";
  if (plain && (realm.protocol !== "http:" || (url.protocol === "https:" && !insecure)))
    throw new EngineError("internal", `the registry's token service is not encrypted: ${text}`);
  return realm;
}
