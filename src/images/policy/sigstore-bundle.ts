import type { Digest } from "../../spec/digest.ts";
import { jsonList, jsonObject } from "./json-object.ts";
import type { Signature } from "./signature.ts";

// Sigstore's bundle (sigstore/protobuf-specs, sigstore_bundle.proto), as cosign 3 signs images: a blob, the layer of a
// manifest that refers to the image. In it is an envelope (DSSE) around a statement (in-toto) about digests.

const statementType = "application/vnd.in-toto+json";
/** What is stated. Others are attestations: true of the image perhaps, but no approval of it. */
const signPredicate = "https://sigstore.dev/cosign/sign/v1";

/** Versions 0.1 to 0.3: of the blob, and of the manifest that holds it. */
export function isBundleType(mediaType: string | undefined): boolean {
  return /^application\/vnd\.dev\.sigstore\.bundle(?:\.v0\.\d+\+json|\+json;\s*version=0\.\d+)$/.test(
    mediaType ?? "",
  );
}

/** Whether what a list of referrers says of a bundle leaves it possible that it is a signature. */
export function maySign(annotations: Record<string, string> = {}): boolean {
  return (annotations["dev.sigstore.bundle.predicateType"] ?? signPredicate) === signPredicate;
}

/** The signatures of the envelope in a bundle; none of what is no envelope of a statement. */
export function bundleSignatures(bundle: Buffer): Signature[] {
  const { dsseEnvelope, verificationMaterial } = jsonObject(bundle);
  const { payload, payloadType, signatures } = jsonObject(dsseEnvelope);
  if (typeof payload !== "string" || payloadType !== statementType) return [];
  const { certificate, x509CertificateChain } = jsonObject(verificationMaterial);
  const statement = Buffer.from(payload, "base64");
  return jsonList(signatures).map((each) => ({
    message: envelopeMessage(statementType, statement),
    signature: Buffer.from(String(jsonObject(each)["sig"]), "base64"),
    isKeyless: certificate !== undefined || x509CertificateChain !== undefined,
    isAbout: (digest) => isSignatureOf(statement, digest),
  }));
}

/** What an envelope's signature is over (secure-systems-lab/dsse, protocol.md: PAE). */
export function envelopeMessage(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
}

function isSignatureOf(statement: Buffer, digest: Digest): boolean {
  const { predicateType, subject } = jsonObject(statement);
  if (predicateType !== signPredicate) return false;
  const [algorithm = "", hex] = digest.split(":");
  return jsonList(subject).some((each) => jsonObject(jsonObject(each)["digest"])[algorithm] === hex);
}
