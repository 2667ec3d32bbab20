import type { Duplex } from "node:stream";
import { join } from "node:path";

/** Serves a file of an OCI layout to the engine: `first` is a line, `index` or a digest. Nothing else of the folder is ever read. */
export async function serveLayoutFile(engine: Duplex, first: Buffer, directory: string): Promise<void> {
  const name = first.toString().trim();
  const digest = /^(sha256|sha512):([0-9a-f]+)$/.exec(name);
  const parts = name === "index" ? ["index.json"] : digest && ["blobs", digest[1] ?? "", digest[2] ?? ""];
  if (parts === null) return void engine.destroy();
  const { createReadStream } = await import("node:fs");
  const { pipeline } = await import("node:stream/promises");
  // A file that is not there is told by the end of the connection.
  await pipeline(createReadStream(join(directory, ...parts)), engine).catch(() => engine.destroy());
}
