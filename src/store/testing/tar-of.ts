import { createHash } from "node:crypto";
import type { Digest } from "../../spec/digest.ts";
import { tarEntry } from "../archive/tar-entry.ts";
import { encodeTarHeader, tarEnd, tarPadding } from "../archive/tar-writer.ts";

export type Member = Parameters<typeof tarEntry>[0] & { content?: string | Buffer };

/** A tar of these members. */
export function tarOf(...members: Member[]): Buffer<ArrayBuffer> {
  const parts = members.flatMap(({ content = "", ...fields }) => {
    const bytes = Buffer.from(content as string);
    return [
      encodeTarHeader(tarEntry({ sizeBytes: bytes.length, ...fields })),
      bytes,
      tarPadding(bytes.length),
    ];
  });
  return Buffer.concat([...parts, tarEnd()]);
}

export function file(name: string, content: string | Buffer): Member {
  return { name, content };
}

export function sha256(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
}
