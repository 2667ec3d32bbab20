import type { Duplex } from "node:stream";
import type { Client } from "../../client/client.ts";

/**
 * Lends something to a build: always one connection to the engine waits to be used; its first bytes go to `serve` with it, and the
 * next waits. Ends with the signal.
 */
export async function lendStreams(
  client: Client,
  { path, id }: { path: string; id: string },
  serve: (engine: Duplex, first: Buffer) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const engine = await client.hijack(path, { query: { id }, signal });
    const first = await firstBytes(engine);
    if (first !== undefined) await serve(engine, first);
  }
}

/** Undefined once the engine has closed it unused. */
function firstBytes(engine: Duplex): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const gone = () => resolve(undefined);
    engine.once("close", gone).once("error", gone).once("end", gone);
    engine.once("data", (bytes: Buffer) => {
      engine.pause();
      resolve(bytes);
    });
    engine.resume();
  });
}
