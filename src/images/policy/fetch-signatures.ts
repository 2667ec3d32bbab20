import { EngineError } from "../../base/errors.ts";
import type { RemoteRepository } from "../../registry/remote-repository.ts";
import { type Digest, isDigest } from "../../spec/digest.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import { readRemoteBlob } from "../pull/remote-blob.ts";
import { jsonList, jsonObject } from "./json-object.ts";
import type { Signature } from "./signature.ts";
import { bundleSignatures, isBundleType, maySign } from "./sigstore-bundle.ts";
import {
  signatureTag,
  simpleSignatures,
  simpleSigningArtifact,
  simpleSigningType,
} from "./simple-signing.ts";

/** More are no signatures of one image, but somebody who wants to be waited for. */
const most = 64;
const longestBytes = 256 << 10;

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
      const bytes = await readRemoteBlob(repository, layer, signal);
      yield* isBundleType(layer.mediaType) ? bundleSignatures(bytes) : simpleSignatures(bytes, layer);
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
  for (const each of referrers.filter(isSignature).slice(0, most)) {
    const manifest = await orNothing(repository.manifest(each.digest, signal));
    if (manifest !== undefined) yield manifest.bytes;
  }
}

function isSignature(each: Descriptor): boolean {
  if (!isDescriptor(each)) return false;
  const { artifactType, annotations } = each;
  return artifactType === simpleSigningArtifact || (isBundleType(artifactType) && maySign(annotations));
}

/** What is none is passed over: it may not keep the good one beside it from counting. */
function signedLayers(manifest: Buffer): Descriptor[] {
  return jsonList(jsonObject(manifest)["layers"])
    .filter(isDescriptor)
    .filter(({ mediaType, size }) => {
      const isKnown = mediaType === simpleSigningType || isBundleType(mediaType);
      return isKnown && size <= longestBytes;
    });
}

function isDescriptor(value: unknown): value is Descriptor {
  const { mediaType, digest, size } = jsonObject(value);
  return (
    typeof digest === "string" &&
    isDigest(digest) &&
    typeof mediaType === "string" &&
    Number.isSafeInteger(size)
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
