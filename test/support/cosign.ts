import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { putBlob, putManifest, sha256 } from "./published-image.ts";

const empty = Buffer.from("{}");
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const indexType = "application/vnd.oci.image.index.v1+json";
const signatureType = "application/vnd.dev.cosign.artifact.sig.v1+json";
const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
const statementType = "application/vnd.in-toto+json";
const signPredicate = "https://sigstore.dev/cosign/sign/v1";

/**
 * What `cosign sign` leaves in a registry: `tag` of old, `referrer` with `--registry-referrers-mode=oci-1-1`, `bundle` from
 * version 3 on; the keyless ones have a certificate instead of a key.
 */
export type SignatureForm = "tag" | "keyless tag" | "referrer" | "bundle" | "keyless bundle";

/** A key pair as cosign makes them; the public half stands in `file`. */
export function makeSigner(file: string): KeyObject {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(file, publicKey.export({ type: "spki", format: "pem" }));
  return privateKey;
}

/** Signs an image in a registry that lets everybody in. */
export async function signImage(
  base: string,
  repository: string,
  digest: string,
  key: KeyObject,
  form: SignatureForm = "tag",
): Promise<void> {
  const api = `${base}/v2/${repository}`;
  if (form.endsWith("bundle")) return await publishBundle(api, digest, bundle(digest, key, form));
  const payload = simpleSigning(`${new URL(base).host}/${repository}`, digest);
  for (const bytes of [payload, empty]) await putBlob(api, { digest: sha256(bytes), bytes });
  const annotations = {
    "dev.cosignproject.cosign/signature": sign("sha256", payload, key).toString("base64"),
    ...(form === "keyless tag" && { "dev.sigstore.cosign/certificate": "-----BEGIN CERTIFICATE-----\n" }),
  };
  const layerType = "application/vnd.dev.cosign.simplesigning.v1+json";
  const manifest = toBytes({
    schemaVersion: 2,
    mediaType: manifestType,
    ...(form === "referrer" && { artifactType: signatureType, subject: subjectOf(digest) }),
    config: descriptor("application/vnd.oci.image.config.v1+json", empty),
    layers: [{ ...descriptor(layerType, payload), annotations }],
  });
  if (form === "referrer") await publishReferrer(api, digest, manifest, { artifactType: signatureType });
  else await putManifest(api, `${digest.replace(":", "-")}.sig`, manifest, manifestType);
}

/** An attestation by a key: a bundle that states something else than that the image is signed. */
export async function attestImage(
  base: string,
  repository: string,
  digest: string,
  key: KeyObject,
): Promise<void> {
  const statement = { ...statementOf(digest), predicateType: "https://slsa.dev/provenance/v1" };
  await publishBundle(`${base}/v2/${repository}`, digest, envelope(statement, key, { publicKey: {} }));
}

function simpleSigning(name: string, digest: string): Buffer {
  const type = "cosign container image signature";
  const image = { "docker-manifest-digest": digest };
  return toBytes({ critical: { identity: { "docker-reference": name }, image, type }, optional: null });
}

function bundle(digest: string, key: KeyObject, form: SignatureForm): Buffer {
  const isKeyless = form.startsWith("keyless");
  const material = isKeyless ? { certificate: { rawBytes: "" } } : { publicKey: { hint: "" } };
  return envelope(statementOf(digest), key, material);
}

function statementOf(digest: string): object {
  const subject = [{ digest: { sha256: digest.slice("sha256:".length) } }];
  return { _type: "https://in-toto.io/Statement/v1", subject, predicateType: signPredicate, predicate: {} };
}

function envelope(statement: object, key: KeyObject, verificationMaterial: object): Buffer {
  const payload = toBytes(statement);
  const header = `DSSEv1 ${statementType.length} ${statementType} ${payload.length} `;
  const sig = sign("sha256", Buffer.concat([Buffer.from(header), payload]), key).toString("base64");
  const dsseEnvelope = {
    payload: payload.toString("base64"),
    payloadType: statementType,
    signatures: [{ sig }],
  };
  return toBytes({ mediaType: bundleType, verificationMaterial, dsseEnvelope });
}

async function publishBundle(api: string, digest: string, bytes: Buffer): Promise<void> {
  for (const each of [bytes, empty]) await putBlob(api, { digest: sha256(each), bytes: each });
  const manifest = toBytes({
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: bundleType,
    config: descriptor("application/vnd.oci.empty.v1+json", empty),
    layers: [descriptor(bundleType, bytes)],
    subject: subjectOf(digest),
  });
  // On registries without the referrers API, cosign leaves out of the list what the bundle states.
  await publishReferrer(api, digest, manifest, { artifactType: bundleType });
}

/** A registry without the referrers API is told by a tag (distribution spec, "Referrers Tag Schema"). */
export async function publishReferrer(
  api: string,
  digest: string,
  manifest: Buffer,
  more: object,
): Promise<void> {
  await putManifest(api, sha256(manifest), manifest, manifestType);
  const tag = digest.replace(":", "-");
  const known = await fetch(`${api}/manifests/${tag}`, { headers: { Accept: indexType } });
  const { manifests = [] } = known.ok ? ((await known.json()) as { manifests?: object[] }) : {};
  const all = [...manifests, { ...descriptor(manifestType, manifest), ...more }];
  await putManifest(api, tag, toBytes({ schemaVersion: 2, mediaType: indexType, manifests: all }), indexType);
}

export function descriptor(mediaType: string, bytes: Buffer) {
  return { mediaType, size: bytes.length, digest: sha256(bytes) };
}

export function subjectOf(digest: string): object {
  return { mediaType: manifestType, digest, size: 2 };
}

function toBytes(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
