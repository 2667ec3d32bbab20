import { EngineError } from "../../base/errors.ts";
import type { BuildParts } from "../ops/build-parts.ts";
import type { CacheSource } from "./imported-cache.ts";
import { inlineCacheOf } from "./inline-cache.ts";

/** The cache that an image of this engine carries: its layers are here. Undefined where there is none. */
export function localImageCache({ images }: BuildParts, reference: string): CacheSource | undefined {
  try {
    const { config } = images.get(reference);
    const description = inlineCacheOf(config);
    if (description === undefined) return undefined;
    // Never asked for: what is here is not fetched.
    const layers = config.rootfs.diff_ids.map((digest) => ({ mediaType: "", digest, size: 0 }));
    return { description, layers, repository: { blob: nothing } };
  } catch (error) {
    if (error instanceof EngineError && (error.kind === "not-found" || error.kind === "invalid"))
      return undefined;
    throw error;
  }
}

// oxlint-disable-next-line require-yield
async function* nothing(): AsyncGenerator<Uint8Array> {
  throw new EngineError("not-found", "a layer of the image has gone meanwhile");
}
