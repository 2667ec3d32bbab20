import type { Log } from "../base/log.ts";
import { programVersion } from "../base/version.ts";
import { outgoingProxies } from "../registry/outgoing-proxies.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import type { EngineConfig } from "./config.ts";

/** Certificates by registry; Docker's are taken, too, so that what was set up for it goes on working. */
const certificateDirectories = ["/etc/gantry/certs.d", "/etc/docker/certs.d"];

/** The engine's client for registries, made when it is first needed. */
export function lazyRegistryClient(config: EngineConfig, log: Log): () => Promise<RegistryClient> {
  let client: Promise<RegistryClient> | undefined;
  return () => (client ??= make(config, log));
}

async function make(config: EngineConfig, log: Log): Promise<RegistryClient> {
  const { createRegistryClient } = await import("../registry/registry-client.ts");
  return createRegistryClient({
    config,
    proxies: outgoingProxies(),
    certificateDirectories,
    userAgent: `gantry/${programVersion} (linux)`,
    log,
  });
}
