import { EngineError } from "../../base/errors.ts";
import type { RemoteRepository } from "../../registry/remote-repository.ts";
import type { Digest } from "../../spec/digest.ts";
import type { Descriptor, ImageManifest } from "../../spec/oci-image.ts";
import { parseJsonObject } from "../image-config.ts";
import { readRemoteBlob } from "../pull/remote-blob.ts";
import { type Signature, signatureAnnotation, signatureTag, simpleSigningType } from "./cosign-signature.ts";

const artifactType = "application/vnd.dev.cosign.artifact.sig.v1+json";
/** More are no signatures of one image, but somebody who wants to be waited for. */
const most = 64;
const longestPayload = 64 << 10;

/** The signatures that a manifest's repository has of it: under cosign's tag, and among its referrers. */
export async function* fetchSignatures(
  repository: RemoteRepository,
  digest: Digest,
  signal: AbortSignal | undefined,
): AsyncGenerator<Signature> {
  let count = 0;
  for await (const manifest of signatureManifests(repository, digest, signal))
    for (const layer of signedLayers(manifest)) {
      count += 1;
      if (count > most) return;
      const payload = await readRemoteBlob(repository, layer, signal);
      yield { payload, signature: layer.annotations?.[signatureAnnotation] ?? "" };
    }
}

async function* signatureManifests(
  repository: RemoteRepository,
  digest: Digest,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const tagged = await orNothing(repository.manifest(signatureTag(digest), signal));
  if (tagged !== undefined) yield tagged.bytes;
  const referrers = (await orNothing(repository.referrers(digest, signal))) ?? [];
  const signatures = referrers.filter(
    (each) => (each as { artifactType?: string }).artifactType === artifactType,
  );
  for (const each of signatures.slice(0, most)) {
    const manifest = await orNothing(repository.manifest(each.digest, signal));
    if (manifest !== undefined) yield manifest.bytes;
  }
}

function signedLayers(manifest: Buffer): Descriptor[] {
  const { layers } = parseJsonObject(manifest, "signature's manifest") as Partial<ImageManifest>;
  if (!Array.isArray(layers)) return [];
  return layers.filter(
    ({ mediaType, size, annotations }) =>
      mediaType === simpleSigningType &&
      size <= longestPayload &&
      typeof annotations?.[signatureAnnotation] === "string",
  );
}

/** A registry that has no such thing may say so in several ways; one that cannot be reached is another matter. */
async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof EngineError && error.kind === "not-found") return undefined;
    throw error;
  }
}
