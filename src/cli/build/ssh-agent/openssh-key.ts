// OpenSSH's own form of private keys (PROTOCOL.key of its sources).
import { createPrivateKey, type KeyObject, type webcrypto } from "node:crypto";
import { WireReader } from "./wire.ts";

const magic = "openssh-key-v1\0";

/** Thrown for keys that nobody but their owner can read. */
export class PassphraseNeeded extends Error {
  constructor() {
    super("ssh: this private key is passphrase protected");
  }
}

/** The key in what stands between the lines of the file. Throws PassphraseNeeded, or an Error in Go's words. */
export function opensshKey(body: Buffer): KeyObject {
  if (body.subarray(0, magic.length).toString("latin1") !== magic)
    throw new Error("ssh: invalid openssh private key format");
  const file = new WireReader(body.subarray(magic.length));
  const [cipher] = [file.text(), file.text(), file.bytes()];
  if (cipher !== "none") throw new PassphraseNeeded();
  if (file.uint32() !== 1) throw new Error("ssh: multi-key files are not supported");
  file.bytes();
  const key = new WireReader(file.bytes());
  if (key.uint32() !== key.uint32()) throw new Error("ssh: malformed OpenSSH key");
  return createPrivateKey({ key: webKey(key), format: "jwk" });
}

/** node:crypto takes single numbers of a key only in this form. */
function webKey(key: WireReader): webcrypto.JsonWebKey {
  const type = key.text();
  if (type === "ssh-ed25519") return ed25519(key);
  if (type === "ssh-rsa") return rsa(key);
  const curve = curves[type];
  if (curve === undefined) throw new Error("ssh: unhandled key type");
  return ecdsa(key, curve);
}

function ed25519(key: WireReader): webcrypto.JsonWebKey {
  const open = key.bytes();
  const secret = key.bytes().subarray(0, 32);
  return { kty: "OKP", crv: "Ed25519", x: base64url(open), d: base64url(secret) };
}

function rsa(key: WireReader): webcrypto.JsonWebKey {
  const [n, e, d, inverse, p, q] = Array.from({ length: 6 }, () => plain(key.bytes())) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  const names = { n, e, d, p, q, dp: remainder(d, p), dq: remainder(d, q), qi: inverse };
  const numbers = Object.entries(names).map(([name, value]) => [name, base64url(value)]);
  return { kty: "RSA", ...Object.fromEntries(numbers) } as webcrypto.JsonWebKey;
}

/** OpenSSH leaves out what can be computed: d mod (prime - 1). */
function remainder(d: Buffer, prime: Buffer): Buffer {
  const value = (number(d) % (number(prime) - 1n)).toString(16);
  return Buffer.from(value.padStart(value.length + (value.length % 2), "0"), "hex");
}

function number(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString("hex")}`);
}

const curves: Record<string, { name: string; sizeBytes: number }> = {
  "ecdsa-sha2-nistp256": { name: "P-256", sizeBytes: 32 },
  "ecdsa-sha2-nistp384": { name: "P-384", sizeBytes: 48 },
  "ecdsa-sha2-nistp521": { name: "P-521", sizeBytes: 66 },
};

function ecdsa(
  key: WireReader,
  { name, sizeBytes }: { name: string; sizeBytes: number },
): webcrypto.JsonWebKey {
  key.text();
  const point = key.bytes();
  const secret = Buffer.from(plain(key.bytes()));
  const padded = Buffer.concat([Buffer.alloc(sizeBytes - secret.length), secret]);
  const [x, y] = [point.subarray(1, 1 + sizeBytes), point.subarray(1 + sizeBytes)];
  return { kty: "EC", crv: name, x: base64url(x), y: base64url(y), d: base64url(padded) };
}

/** Without the zeros before a number. */
function plain(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? bytes : bytes.subarray(first);
}

function base64url(bytes: Buffer): string {
  return bytes.toString("base64url");
}
