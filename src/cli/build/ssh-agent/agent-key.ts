import { createPrivateKey, createPublicKey, type KeyObject, sign, type webcrypto } from "node:crypto";
import { opensshKey, PassphraseNeeded } from "./openssh-key.ts";
import { wireNumber, wireString } from "./wire.ts";

/** A private key as an agent has it. */
export interface AgentKey {
  /** Its public half as the protocol names it. */
  blob: Buffer;
  comment: string;
  /** A signature with its algorithm's name before it; `flags` are those of SSH_AGENTC_SIGN_REQUEST. */
  sign(data: Buffer, flags: number): Buffer;
}

/** Reads a private key's file: OpenSSH's form, or PEM. Throws an Error in Go's words, which buildx shows. */
export function readAgentKey(text: string, comment: string): AgentKey {
  const block = /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----\s([^]*?)-----END \1-----/.exec(text);
  if (block === null) throw new Error("ssh: no key found");
  const [pem, kind = "", body = ""] = block;
  const key = kind.startsWith("OPENSSH") ? opensshKey(Buffer.from(body, "base64")) : pemKey(pem, kind, body);
  return agentKey(key, comment);
}

function pemKey(pem: string, kind: string, body: string): KeyObject {
  if (kind.startsWith("ENCRYPTED") || /^Proc-Type:.*ENCRYPTED/m.test(body)) throw new PassphraseNeeded();
  if (kind.startsWith("DSA")) throw new Error("ssh: unhandled key type");
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new Error("ssh: the private key cannot be read", { cause: error });
  }
}

function agentKey(key: KeyObject, comment: string): AgentKey {
  const web = createPublicKey(key).export({ format: "jwk" });
  switch (web.kty) {
    case "OKP":
      return ed25519(key, web, comment);
    case "RSA":
      return rsa(key, web, comment);
    case "EC":
      return ecdsa(key, web, comment);
    default:
      throw new Error("ssh: unhandled key type");
  }
}

function ed25519(key: KeyObject, { x }: webcrypto.JsonWebKey, comment: string): AgentKey {
  const name = "ssh-ed25519";
  return {
    blob: Buffer.concat([wireString(name), wireString(bytesOf(x))]),
    comment,
    sign: (data) => signature(name, sign(null, data, key)),
  };
}

const rsaSha256 = 2;
const rsaSha512 = 4;

function rsa(key: KeyObject, { n, e }: webcrypto.JsonWebKey, comment: string): AgentKey {
  return {
    blob: Buffer.concat([wireString("ssh-rsa"), wireNumber(bytesOf(e)), wireNumber(bytesOf(n))]),
    comment,
    sign: (data, flags) => {
      if (flags & rsaSha512) return signature("rsa-sha2-512", sign("sha512", data, key));
      if (flags & rsaSha256) return signature("rsa-sha2-256", sign("sha256", data, key));
      // What was asked for before there were flags.
      return signature("ssh-rsa", sign("sha1", data, key));
    },
  };
}

/** RFC 5656: the hash fits the curve. */
const curves: Record<string, { name: string; hash: string }> = {
  "P-256": { name: "nistp256", hash: "sha256" },
  "P-384": { name: "nistp384", hash: "sha384" },
  "P-521": { name: "nistp521", hash: "sha512" },
};

function ecdsa(key: KeyObject, { crv = "", x, y }: webcrypto.JsonWebKey, comment: string): AgentKey {
  const curve = curves[crv];
  if (curve === undefined) throw new Error("ssh: unhandled elliptic curve");
  const name = `ecdsa-sha2-${curve.name}`;
  const point = Buffer.concat([Buffer.from([4]), bytesOf(x), bytesOf(y)]);
  return {
    blob: Buffer.concat([wireString(name), wireString(curve.name), wireString(point)]),
    comment,
    sign: (data) => {
      const both = sign(curve.hash, data, { key, dsaEncoding: "ieee-p1363" });
      const half = both.length / 2;
      return signature(
        name,
        Buffer.concat([wireNumber(both.subarray(0, half)), wireNumber(both.subarray(half))]),
      );
    },
  };
}

function signature(name: string, bytes: Uint8Array): Buffer {
  return Buffer.concat([wireString(name), wireString(bytes)]);
}

function bytesOf(text = ""): Buffer {
  return Buffer.from(text, "base64url");
}
