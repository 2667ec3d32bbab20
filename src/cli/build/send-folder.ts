import type { Client } from "../../client/client.ts";
import type { ContextAnswer } from "../../spec/api/build.ts";
import { files } from "../files.ts";
import type { DescribedFolder } from "./describe-folder.ts";

const chunkBytes = 1 << 20;

/** Gives a folder to the engine as a context: what it is, then the contents that the engine lacks. Answers the context's id. */
export async function sendFolder(
  client: Client,
  folder: DescribedFolder,
  signal: AbortSignal,
): Promise<string> {
  const answer = await client.request<ContextAnswer>("POST", "/build/contexts", {
    text: folder.lines.map((line) => JSON.stringify(line)).join("\n"),
    headers: { "Content-Type": "application/x-ndjson" },
    signal,
  });
  if (answer.missing.length > 0) await sendContents(client, folder, answer, signal);
  return answer.id;
}

async function sendContents(
  client: Client,
  folder: DescribedFolder,
  { id, missing }: ContextAnswer,
  signal: AbortSignal,
): Promise<void> {
  const { Readable } = await import("node:stream");
  await client.request("POST", `/build/contexts/${id}/contents`, {
    stream: Readable.from(contentsOf(folder, missing), { objectMode: false }),
    headers: { "Content-Type": "application/octet-stream" },
    signal,
  });
}

/** Small files are gathered: a write each would cost more than the bytes. */
function* contentsOf({ root, places }: DescribedFolder, missing: readonly string[]): Generator<Buffer> {
  let gathered: Buffer[] = [];
  let gatheredBytes = 0;
  for (const sha256 of missing) {
    for (const piece of framed(`${root}/${places.get(sha256) ?? ""}`)) {
      gathered.push(piece);
      gatheredBytes += piece.length;
      if (gatheredBytes < chunkBytes) continue;
      yield Buffer.concat(gathered);
      [gathered, gatheredBytes] = [[], 0];
    }
  }
  if (gatheredBytes > 0) yield Buffer.concat(gathered);
}

/** The length in 8 bytes, then exactly so many: what a file grew by meanwhile is left out. */
function* framed(path: string): Generator<Buffer> {
  const { openSync, readSync, closeSync, fstatSync } = files();
  const descriptor = openSync(path, "r");
  try {
    const sizeBytes = fstatSync(descriptor).size;
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(sizeBytes));
    yield length;
    for (let left = sizeBytes; left > 0; ) {
      const piece = Buffer.allocUnsafe(Math.min(left, chunkBytes));
      const size = readSync(descriptor, piece);
      if (size === 0) throw new Error(`${path} changed while it was read; build again`);
      left -= size;
      yield piece.subarray(0, size);
    }
  } finally {
    closeSync(descriptor);
  }
}
