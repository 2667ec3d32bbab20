import { type KeyObject, verify } from "node:crypto";
import type { Digest } from "../../spec/digest.ts";
import type { TrustedKey } from "./trusted-key.ts";

/** A signature, whatever form it is kept in. */
export interface Signature {
  /** The bytes that are signed. */
  message: Uint8Array;
  signature: Uint8Array;
  /** Made by a key that was thrown away, with a certificate of who had it (`cosign sign` without `--key`). */
  isKeyless: boolean;
  /** Whether the message says that this manifest is signed. To be believed only of a message that is. */
  isAbout: (digest: Digest) => boolean;
}

/** The key among `keys` that has signed for the manifest; undefined where none of them has. */
export function signerOf(
  { message, signature, isAbout }: Signature,
  digest: Digest,
  keys: readonly TrustedKey[],
): TrustedKey | undefined {
  // First by the key: nothing is believed, nor even read, of what nobody trusted has signed.
  const signer = keys.find(({ key }) =>
    hashesFor(key).some((hash) => isSigned(hash, message, key, signature)),
  );
  return signer !== undefined && isAbout(digest) ? signer : undefined;
}

/** Cosign takes SHA-256 for every key, its bundles the hash that goes with the curve. Edwards curves have their own. */
function hashesFor({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): (string | null)[] {
  if (asymmetricKeyType === "ed25519" || asymmetricKeyType === "ed448") return [null];
  if (asymmetricKeyDetails?.namedCurve === "secp384r1") return ["sha256", "sha384"];
  return asymmetricKeyDetails?.namedCurve === "secp521r1" ? ["sha256", "sha512"] : ["sha256"];
}

function isSigned(hash: string | null, message: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify(hash, message, key, signature);
  } catch {
    // Not of this key's form.
    return false;
  }
}
