import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { EngineError, messageOf } from "../../base/errors.ts";
import { readTrustedFile } from "./trusted-file.ts";

/** A public key that signatures are checked by. */
export interface TrustedKey {
  file: string;
  /** See `stampOf`: of the file that it was read from. */
  stamp: string;
  /** Of the key itself, however its file is written: `SHA256:` and the digest of its DER form. */
  fingerprint: string;
  key: KeyObject;
}

/** Reads a PEM public key, as `cosign generate-key-pair` writes it. Throws `invalid`, naming the file. */
export function readTrustedKey(file: string): TrustedKey {
  try {
    const { text, stamp } = readTrustedFile(file);
    const key = createPublicKey(text);
    const der = key.export({ type: "spki", format: "der" });
    return { file, stamp, key, fingerprint: `SHA256:${createHash("sha256").update(der).digest("hex")}` };
  } catch (error) {
    throw new EngineError("invalid", `the key ${file} cannot be used: ${messageOf(error)}`, error);
  }
}
