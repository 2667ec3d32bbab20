import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Descriptor } from "../../spec/oci-image.ts";
import { sha256 } from "../../store/testing/tar-of.ts";
import { type Signature, signerOf } from "./signature.ts";
import { bundleSignatures, envelopeMessage, isBundleType, maySign } from "./sigstore-bundle.ts";
import { signatureTag, simpleSignatures } from "./simple-signing.ts";
import { readTrustedKey } from "./trusted-key.ts";

let directory: string;
const digest = sha256("the manifest");

const pairs = {
  ecdsa: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  p384: generateKeyPairSync("ec", { namedCurve: "P-384" }),
  p521: generateKeyPairSync("ec", { namedCurve: "P-521" }),
  rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ed25519: generateKeyPairSync("ed25519"),
};
type Kind = keyof typeof pairs;
const kinds = Object.keys(pairs) as Kind[];
const file = (kind: Kind) => join(directory, `${kind}.pub`);
const keys = (...names: Kind[]) => names.map((name) => readTrustedKey(file(name)));

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "gantry-signature-"));
  for (const kind of kinds)
    writeFileSync(file(kind), pairs[kind].publicKey.export({ type: "spki", format: "pem" }));
});
afterAll(() => rmSync(directory, { recursive: true }));

function signed(message: Buffer, kind: Kind, hash = "sha256"): string {
  const key: KeyObject = pairs[kind].privateKey;
  return sign(kind === "ed25519" ? null : hash, message, key).toString("base64");
}

const signers = (signatures: Signature[], wanted: Kind[], about = digest) =>
  signatures.map((each) => signerOf(each, about, keys(...wanted))?.file);

const payload = (critical: object = {}) =>
  Buffer.from(
    JSON.stringify({
      critical: {
        identity: { "docker-reference": "example.com/a" },
        image: { "docker-manifest-digest": digest },
        type: "cosign container image signature",
        ...critical,
      },
      optional: null,
    }),
  );

const layer = (signature: string | undefined, more: Record<string, string> = {}): Descriptor => ({
  mediaType: "",
  digest,
  size: 1,
  annotations: {
    ...(signature !== undefined && { "dev.cosignproject.cosign/signature": signature }),
    ...more,
  },
});

describe("a payload with its signature", () => {
  test.each(kinds)("by a key of the kind %s is known", (kind) => {
    expect(signers(simpleSignatures(payload(), layer(signed(payload(), kind))), kinds)).toEqual([file(kind)]);
  });

  test("counts for nothing but what it was made for", () => {
    const good = signed(payload(), "ecdsa");
    const of = (bytes: Buffer, signature = signed(bytes, "ecdsa")) =>
      simpleSignatures(bytes, layer(signature));
    expect(signers(of(payload()), ["rsa"])).toEqual([undefined]);
    expect(signers(of(payload()), ["ecdsa"], sha256("another"))).toEqual([undefined]);
    expect(signers(of(payload(), "AAAA"), ["ecdsa"])).toEqual([undefined]);
    expect(signers(of(Buffer.concat([payload(), Buffer.from(" ")]), good), ["ecdsa"])).toEqual([undefined]);
    for (const bytes of [payload({ type: "something else" }), Buffer.from("{}"), Buffer.from("null")])
      expect(signers(of(bytes), ["ecdsa"])).toEqual([undefined]);
    expect(signers(of(Buffer.from("no JSON")), ["ecdsa"])).toEqual([undefined]);
    expect(simpleSignatures(payload(), layer(undefined))).toEqual([]);
  });

  test("stands under cosign's tag, and tells when it is keyless", () => {
    expect(signatureTag(digest)).toBe(`sha256-${digest.slice(7)}.sig`);
    const more = { "dev.sigstore.cosign/certificate": "-----BEGIN CERTIFICATE-----" };
    const found = [{}, more].map((each) => simpleSignatures(payload(), layer("AAAA", each))[0]?.isKeyless);
    expect(found).toEqual([false, true]);
  });
});

const statement = (more: object = {}) => ({
  _type: "https://in-toto.io/Statement/v1",
  subject: [{ digest: { sha256: digest.slice(7) } }],
  predicateType: "https://sigstore.dev/cosign/sign/v1",
  predicate: {},
  ...more,
});

interface Forged {
  kind?: Kind;
  hash?: string;
  type?: string;
  material?: object;
}

function bundle(content: unknown, { kind = "ecdsa", hash, type, material }: Forged = {}): Buffer {
  const payloadType = type ?? "application/vnd.in-toto+json";
  const bytes = Buffer.from(JSON.stringify(content));
  const sig = signed(envelopeMessage(payloadType, bytes), kind, hash);
  return Buffer.from(
    JSON.stringify({
      mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
      verificationMaterial: material ?? { publicKey: { hint: "x" } },
      dsseEnvelope: { payload: bytes.toString("base64"), payloadType, signatures: [{ sig }] },
    }),
  );
}

describe("a bundle", () => {
  test.each([
    ["ecdsa", "sha256"],
    ["p384", "sha384"],
    ["p521", "sha512"],
    ["rsa", "sha256"],
    ["ed25519", ""],
  ] as const)("signed by a key of the kind %s is known", (kind, hash) => {
    expect(signers(bundleSignatures(bundle(statement(), { kind, hash })), kinds)).toEqual([file(kind)]);
  });

  test("counts for nothing but a signature of the manifest", () => {
    expect(signers(bundleSignatures(bundle(statement())), ["rsa"])).toEqual([undefined]);
    expect(signers(bundleSignatures(bundle(statement())), ["ecdsa"], sha256("another"))).toEqual([undefined]);
    const others = [
      statement({ predicateType: "https://slsa.dev/provenance/v1" }),
      statement({ subject: [{ digest: { sha512: digest.slice(7) } }] }),
      statement({ subject: [null, { digest: null }] }),
      statement({ subject: digest }),
      null,
    ];
    for (const each of others)
      expect(signers(bundleSignatures(bundle(each)), ["ecdsa"])).toEqual([undefined]);
    // The type is signed, too.
    expect(bundleSignatures(bundle(statement(), { type: "text/plain" }))).toEqual([]);
    const retyped = bundle(statement(), { type: "text/plain" }).toString();
    const forged = Buffer.from(retyped.replace("text/plain", "application/vnd.in-toto+json"));
    expect(signers(bundleSignatures(forged), ["ecdsa"])).toEqual([undefined]);
  });

  test.each(["", "{", "null", "[]", '{"dsseEnvelope":1}', '{"messageSignature":{"signature":"AAAA"}}'])(
    "that is %j has no signature",
    (text) => expect(bundleSignatures(Buffer.from(text))).toEqual([]),
  );

  test("tells when it is keyless", () => {
    const materials = [{ certificate: { rawBytes: "" } }, { x509CertificateChain: {} }, { publicKey: {} }];
    const found = materials.map(
      (material) => bundleSignatures(bundle(statement(), { material }))[0]?.isKeyless,
    );
    expect(found).toEqual([true, true, false]);
  });

  test("is known by its type, and attestations by what they state", () => {
    const types = [
      "application/vnd.dev.sigstore.bundle.v0.3+json",
      "application/vnd.dev.sigstore.bundle+json;version=0.2",
      "application/vnd.dev.sigstore.bundle",
      undefined,
    ];
    expect(types.map(isBundleType)).toEqual([true, true, false, false]);
    expect(maySign(undefined)).toBe(true);
    expect(maySign({ "dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1" })).toBe(
      true,
    );
    expect(maySign({ "dev.sigstore.bundle.predicateType": "https://slsa.dev/provenance/v1" })).toBe(false);
  });
});
