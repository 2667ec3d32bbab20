import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import { EngineError } from "../../base/errors.ts";
import { parseJsonObject } from "../../images/image-config.ts";
import { mediaTypes } from "../../registry/media-types.ts";
import { type Digest, isDigest } from "../../spec/digest.ts";
import type { Descriptor, ImageIndex } from "../../spec/oci-image.ts";
import type { BuildSession } from "../session/build-session.ts";
import type { CacheRepository } from "./read-cache-manifest.ts";

const longestDocument = 4 << 20;

/**
 * An OCI layout in a folder of the client's, read file by file as it is needed: one connection is asked for `index` or a digest by a line,
 * and answers with the file's bytes. Nothing is believed before it has its digest.
 */
export function lentLayout(session: BuildSession, name: string, signal: AbortSignal): CacheRepository {
  const file = (line: string) => read(session, name, line, signal);
  const document = async (digest: Digest) => checked(await whole(file(digest)), digest);
  return {
    async manifest(reference) {
      const { digest, mediaType } = isDigest(reference)
        ? { digest: reference, mediaType: mediaTypes.ociManifest }
        : named(await whole(file("index")), reference);
      const bytes = await document(digest);
      const { mediaType: stated } = parseJsonObject(bytes, "manifest") as { mediaType?: string };
      return { digest, mediaType: stated ?? mediaType, bytes };
    },
    async *blob({ digest, sizeBytes, offset }) {
      let at = 0;
      for await (const chunk of file(digest)) {
        const fresh = chunk.subarray(Math.max(0, offset - at));
        at += chunk.length;
        if (at > sizeBytes) throw new EngineError("invalid", `${digest} is longer than its manifest says`);
        if (fresh.length > 0) yield fresh;
      }
      if (at < sizeBytes) throw new EngineError("unavailable", `${name} has no whole ${digest}`);
    },
  };
}

async function* read(
  session: BuildSession,
  name: string,
  line: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const stream: Duplex = await session.connectLayout(name, signal);
  const end = () => stream.destroy();
  signal.addEventListener("abort", end, { once: true });
  try {
    stream.write(`${line}\n`);
    for await (const chunk of stream) yield chunk as Buffer;
  } finally {
    signal.removeEventListener("abort", end);
    stream.destroy();
  }
}

async function whole(file: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of file) {
    sizeBytes += chunk.length;
    if (sizeBytes > longestDocument) throw new EngineError("invalid", "a document of the layout is too long");
    chunks.push(chunk);
  }
  if (sizeBytes === 0) throw new EngineError("not-found", "no such file in the layout");
  return Buffer.concat(chunks);
}

function checked(bytes: Buffer, digest: Digest): Buffer {
  const [algorithm = "", hex] = digest.split(":");
  if (createHash(algorithm).update(bytes).digest("hex") === hex) return bytes;
  throw new EngineError("invalid", `manifest verification failed for digest ${digest}`);
}

/** The entry with this tag; without tags, the only one. */
function named(bytes: Buffer, tag: string): Descriptor {
  const { manifests = [] } = parseJsonObject(bytes, "layout's index") as Partial<ImageIndex>;
  const found =
    manifests.findLast(({ annotations }) => annotations?.["org.opencontainers.image.ref.name"] === tag) ??
    (manifests.length === 1 ? manifests[0] : undefined);
  if (found !== undefined && isDigest(found.digest)) return found;
  throw new EngineError("not-found", `the layout has nothing by the name of ${tag}`);
}
