// The SDK: everything a program needs to speak to an engine.
export * from "./client.ts";
export * from "./containers.ts";
export * from "./leases.ts";
export { parseHost, type Endpoint } from "./endpoint.ts";
export { createClient, newestApiVersion, type ApiCall, type ClientOptions } from "./engine-client.ts";
export type { TlsOptions } from "./transport.ts";
