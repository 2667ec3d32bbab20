import { EngineError } from "../../base/errors.ts";
import type { Digest } from "../../spec/digest.ts";
import { digestHex } from "../../spec/digest.ts";
import type { ImageConfigFile } from "../../spec/oci-image.ts";
import { parseReference, type Reference } from "../../spec/reference.ts";
import type { ArchiveContents } from "./archive-contents.ts";
import type { LooseLayer } from "../loose-layer.ts";

/** One image of an archive, whole and checked. */
export interface ArchivedImage {
  configBytes: Buffer;
  config: ImageConfigFile;
  layers: LooseLayer[];
  tags: Reference[];
  parent: Digest | undefined;
}

/** Matches the layers at `paths` with what the configuration says they are. Throws `invalid` with dockerd's words. */
export function matchLayers(
  contents: ArchiveContents,
  config: ImageConfigFile,
  paths: readonly string[],
): LooseLayer[] {
  const expected = config.rootfs.diff_ids;
  if (paths.length !== expected.length) {
    const counts = `expected ${expected.length}, got ${paths.length}`;
    throw new EngineError("invalid", `invalid manifest, layers length mismatch: ${counts}`);
  }
  return paths.map((path, index) => {
    const layer = contents.layer(path)?.layer;
    if (layer === undefined) throw new EngineError("invalid", `the archive has no layer at ${path}`);
    if (layer.diffId !== expected[index]) {
      const difference = `expected "${expected[index]}", got "${layer.diffId}"`;
      throw new EngineError("invalid", `invalid diffID for layer ${index}: ${difference}`);
    }
    return layer;
  });
}

/** A name in an archive must have a tag. */
export function archiveTag(text: string): Reference {
  const reference = parseReference(text);
  if (reference.tag === undefined || reference.digest !== undefined)
    throw new EngineError("invalid", `invalid tag ${JSON.stringify(text)}`);
  return reference;
}

export function blobPath(digest: Digest): string {
  return `blobs/${digest.slice(0, digest.indexOf(":"))}/${digestHex(digest)}`;
}
