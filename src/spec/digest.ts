import { EngineError } from "../base/errors.ts";

declare const digestBrand: unique symbol;
/** `algorithm:hex`, checked. Only sha256 and sha512 exist in the field. */
export type Digest = string & { readonly [digestBrand]: true };

const pattern = /^(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

export function isDigest(text: string): text is Digest {
  return pattern.test(text);
}

/** Source: OCI image spec, descriptor.md, Digests. */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new EngineError("invalid", `invalid digest format: ${JSON.stringify(text)}`);
  return text;
}

export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}
