import { createHash } from "node:crypto";
import type { Digest } from "../../spec/digest.ts";
import type { ChainId } from "./layer-store.ts";

/** OCI image spec, config.md, "Layer ChainID". */
export function childChainId(parent: ChainId | undefined, diffId: Digest): ChainId {
  if (parent === undefined) return diffId;
  return `sha256:${createHash("sha256").update(`${parent} ${diffId}`).digest("hex")}` as ChainId;
}

/** The chain of every layer of an image, base first. */
export function chainIdsOf(diffIds: readonly Digest[]): ChainId[] {
  const chain: ChainId[] = [];
  for (const diffId of diffIds) chain.push(childChainId(chain.at(-1), diffId));
  return chain;
}
