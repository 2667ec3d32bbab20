import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { fullName, type Reference } from "../spec/reference.ts";
import type { Credentials } from "./credentials.ts";
import { type Download, openUrl } from "./download.ts";
import { type Endpoint, readEndpoints, registryEndpoint } from "./endpoints.ts";
import { logIn, type LoginResult } from "./log-in.ts";
import { type ProxySettings } from "./proxy.ts";
import type { RegistryConfig } from "./registry-config.ts";
import {
  type MirrorNote,
  type RemoteRepository,
  remoteRepository,
  type WritableRepository,
  writableRepository,
} from "./remote-repository.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./retry.ts";
import { type SearchResult, searchIndex } from "./search-index.ts";
import { Session, type SessionParts } from "./session.ts";
import { TokenCache } from "./tokens.ts";
import { createTransport } from "./transport.ts";
import { createTrustStore } from "./trust-store.ts";

/** Speaks the OCI distribution protocol v1.1 to whichever registry a reference names. */
export interface RegistryClient {
  reader(
    reference: Reference,
    options?: { credentials?: Credentials | undefined; onMirror?: MirrorNote },
  ): Promise<RemoteRepository>;
  writer(reference: Reference, credentials?: Credentials): Promise<WritableRepository>;
  /** Proves the credentials to a registry, as it is named at login. */
  logIn(server: string, credentials: Credentials, signal?: AbortSignal): Promise<LoginResult>;
  /** The index of Docker Hub, or of the registry that the term begins with. */
  search(
    term: string,
    options: { limit?: number; credentials?: Credentials | undefined; signal?: AbortSignal },
  ): Promise<SearchResult[]>;
  /** What stands at any URL: no registry, but reached by the same ways. */
  download(url: string, signal?: AbortSignal): Promise<Download>;
}

export interface RegistryClientOptions {
  /** Read at each use. */
  config: RegistryConfig;
  proxies: ProxySettings;
  /** Folders of certificates by registry, the more important first. */
  certificateDirectories: readonly string[];
  userAgent: string;
  log: Log;
  policy?: RetryPolicy;
}

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { config, log, policy = defaultRetryPolicy } = options;
  const transport = createTransport({
    trust: createTrustStore(options.certificateDirectories),
    proxies: options.proxies,
    userAgent: options.userAgent,
  });
  const parts: SessionParts = { transport, tokens: new TokenCache(transport), policy, roots: new Map() };
  const session = (endpoint: Endpoint, credentials: Credentials = {}) =>
    new Session(endpoint, credentials, parts);
  return {
    async reader(reference, { credentials, onMirror = () => {} } = {}) {
      const endpoints = await readEndpoints(reference.domain, reference.path, config);
      const sessions = endpoints.map((endpoint) => session(endpoint, credentials));
      return remoteRepository(sessions, policy, (note) => {
        logMirror(log, fullName(reference), note);
        onMirror(note);
      });
    },
    async writer(reference, credentials) {
      const endpoint = await registryEndpoint(reference.domain, reference.path, config);
      return writableRepository(session(endpoint, credentials), policy);
    },
    logIn: (server, credentials, signal) => logIn({ server, credentials, config, parts, signal }),
    search: (term, search) => searchIndex({ term, ...search, config, transport }),
    download: (url, signal) => openUrl(transport, url, signal),
  };
}

function logMirror(log: Log, name: string, { mirror, failure }: Parameters<MirrorNote>[0]): void {
  if (failure === undefined) log.debug("a mirror answers", { name, mirror });
  else log.warn("a mirror is passed over", { name, mirror, reason: messageOf(failure) });
}
