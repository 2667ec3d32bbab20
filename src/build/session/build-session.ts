import type { Duplex } from "node:stream";

/** What a client lends to one build. Secrets are in memory alone and in no log, error or record. */
export interface BuildSession {
  /** The secret's value; undefined if the client did not give it. */
  secret(id: string): Uint8Array | undefined;
  /** Whether the client lends this agent. */
  hasSsh(id: string): boolean;
  /** A stream of its own to the client's ssh agent; the caller ends it. Throws `not-found` if it lends none. */
  connectSsh(id: string, signal: AbortSignal): Promise<Duplex>;
  /** A stream for one file of an OCI layout of the client's. Throws `not-found` if it lends none of that name. */
  connectLayout(id: string, signal: AbortSignal): Promise<Duplex>;
}
