import type { Descriptor } from "../../spec/oci-image.ts";
import type { Digest } from "../../spec/digest.ts";
import { jsonObject } from "./json-object.ts";
import type { Signature } from "./signature.ts";

// Simple signing, as cosign keeps it (sigstore/cosign, specs/SIGNATURE_SPEC.md): the signed payload is a blob, a layer of
// a manifest; the signature over its bytes stands in the layer's annotation.

export const simpleSigningType = "application/vnd.dev.cosign.simplesigning.v1+json";
/** Of a manifest that holds such signatures and refers to what is signed. */
export const simpleSigningArtifact = "application/vnd.dev.cosign.artifact.sig.v1+json";
const signatureAnnotation = "dev.cosignproject.cosign/signature";
const certificateAnnotation = "dev.sigstore.cosign/certificate";
const payloadType = "cosign container image signature";

/** The tag under which the signatures of a manifest stand in its repository. */
export function signatureTag(digest: Digest): string {
  return `${digest.replace(":", "-")}.sig`;
}

/** The signature of a payload that is the layer `descriptor`; none where the layer carries no signature. */
export function simpleSignatures(payload: Buffer, { annotations = {} }: Descriptor): Signature[] {
  const signature = annotations[signatureAnnotation];
  if (typeof signature !== "string") return [];
  return [
    {
      message: payload,
      signature: Buffer.from(signature, "base64"),
      isKeyless: typeof annotations[certificateAnnotation] === "string",
      isAbout: (digest) => signedDigest(payload) === digest,
    },
  ];
}

function signedDigest(payload: Buffer): unknown {
  const critical = jsonObject(jsonObject(payload)["critical"]);
  return critical["type"] === payloadType
    ? jsonObject(critical["image"])["docker-manifest-digest"]
    : undefined;
}
