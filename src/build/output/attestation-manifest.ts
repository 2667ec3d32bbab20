import { createHash } from "node:crypto";
import type { BlobSink } from "../../images/publish/blob-sink.ts";
import { mediaTypes } from "../../registry/media-types.ts";
import { type Digest, digestHex } from "../../spec/digest.ts";
import type { Descriptor, ImageManifest } from "../../spec/oci-image.ts";
import { formatPlatform, type Platform } from "../../spec/platform.ts";
import { familiarName, type Reference } from "../../spec/reference.ts";
import type { Attestation } from "./built-image.ts";

const statementType = "application/vnd.in-toto+json";

/**
 * A statement beside the image it is about, in BuildKit's form: a manifest for no platform, which the index ties to the image's
 * (https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md).
 */
export async function attestationManifest(
  sink: BlobSink,
  { predicateType, predicate }: Attestation,
  subject: { digest: Digest; names: readonly Reference[]; platform: Platform },
): Promise<Descriptor> {
  const sum = { sha256: digestHex(subject.digest) };
  const names = subject.names.map((name) => packageUrl(name, subject.platform));
  const statement = jsonBytes({
    _type: "https://in-toto.io/Statement/v0.1",
    predicateType,
    subject: (names.length > 0 ? names : ["_"]).map((name) => ({ name, digest: sum })),
    predicate,
  });
  const layer = await sink.document(statementType, statement);
  const config = {
    architecture: "unknown",
    os: "unknown",
    config: {},
    rootfs: { type: "layers", diff_ids: [sha256(statement)] },
  };
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: await sink.document(mediaTypes.ociConfig, jsonBytes(config)),
    layers: [{ ...layer, annotations: { "in-toto.io/predicate-type": predicateType } }],
  };
  return {
    ...(await sink.manifest(mediaTypes.ociManifest, jsonBytes(manifest))),
    annotations: {
      "vnd.docker.reference.digest": subject.digest,
      "vnd.docker.reference.type": "attestation-manifest",
    },
    platform: { architecture: "unknown", os: "unknown" },
  };
}

/** The image as a package is named (https://github.com/package-url/purl-spec). */
export function packageUrl(reference: Reference, platform: Platform): string {
  const version = reference.tag === undefined ? "" : `@${encodeURIComponent(reference.tag)}`;
  const name = familiarName(reference).split("/").map(encodeURIComponent).join("/");
  return `pkg:docker/${name}${version}?platform=${encodeURIComponent(formatPlatform(platform))}`;
}

function jsonBytes(document: unknown): Buffer {
  return Buffer.from(JSON.stringify(document));
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
