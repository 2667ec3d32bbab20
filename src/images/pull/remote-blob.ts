import { createHash } from "node:crypto";
import { EngineError } from "../../base/errors.ts";
import type { BlobReader } from "../../registry/remote-repository.ts";
import type { Descriptor } from "../../spec/oci-image.ts";

/** Configurations carry their history; none comes near it. */
const longest = 8 << 20;

/** A document of a registry, whole and checked. For configurations, not for layers. */
export async function readRemoteBlob(
  repository: BlobReader,
  { digest, size }: Descriptor,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  if (size > longest) throw new EngineError("invalid", "the image configuration is too long");
  const chunks: Uint8Array[] = [];
  for await (const chunk of repository.blob({ digest, sizeBytes: size, offset: 0, signal }))
    chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const [algorithm = "", hex] = digest.split(":");
  if (createHash(algorithm).update(bytes).digest("hex") !== hex)
    throw new EngineError("invalid", `image config verification failed for digest ${digest}`);
  return bytes;
}
