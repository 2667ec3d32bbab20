import { verify } from "node:crypto";
import type { Digest } from "../../spec/digest.ts";
import type { TrustedKey } from "./trusted-key.ts";

// Simple signing, as cosign keeps it (sigstore/cosign, specs/SIGNATURE_SPEC.md): the signed payload is a blob, a layer of
// a manifest; the signature over its bytes stands in the layer's annotation.

export const simpleSigningType = "application/vnd.dev.cosign.simplesigning.v1+json";
export const signatureAnnotation = "dev.cosignproject.cosign/signature";
const payloadType = "cosign container image signature";

/** The tag under which the signatures of a manifest stand in its repository. */
export function signatureTag(digest: Digest): string {
  return `${digest.replace(":", "-")}.sig`;
}

export interface Signature {
  payload: Buffer;
  /** Base64. */
  signature: string;
}

/** The key among `keys` that has signed for the manifest; undefined where none of them has. */
export function signerOf(
  { payload, signature }: Signature,
  digest: Digest,
  keys: readonly TrustedKey[],
): TrustedKey | undefined {
  // First by the key: nothing is believed, nor even read, of what nobody trusted has signed.
  const signer = keys.find((key) => isSignedBy(key, payload, Buffer.from(signature, "base64")));
  return signer !== undefined && signedDigest(payload) === digest ? signer : undefined;
}

function isSignedBy({ key }: TrustedKey, payload: Buffer, signature: Buffer): boolean {
  const isEdwards = key.asymmetricKeyType === "ed25519" || key.asymmetricKeyType === "ed448";
  try {
    return verify(isEdwards ? null : "sha256", payload, key, signature);
  } catch {
    // Not of this key's form.
    return false;
  }
}

function signedDigest(payload: Buffer): string | undefined {
  try {
    const { critical } = JSON.parse(payload.toString()) as {
      critical?: { type?: unknown; image?: Record<string, unknown> };
    };
    const digest = critical?.image?.["docker-manifest-digest"];
    return critical?.type === payloadType && typeof digest === "string" ? digest : undefined;
  } catch {
    return undefined;
  }
}
