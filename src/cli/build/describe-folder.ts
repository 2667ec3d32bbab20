import { createHash } from "node:crypto";
import type { ContextLine } from "../../spec/api/build.ts";
import { files } from "../files.ts";
import type { ScannedFile } from "./folder-scan.ts";
import { StatCache } from "./stat-cache.ts";

/** A folder as the engine is told of it, and where each content lies here. */
export interface DescribedFolder {
  root: string;
  lines: ContextLine[];
  /** A file's path in it by the hash of its content. */
  places: Map<string, string>;
}

const chunkBytes = 1 << 20;

/** Hashes what the cache does not know. Devices and fifos go as they are: the engine says what it thinks of them. */
export function describeFolder(
  root: string,
  scanned: readonly ScannedFile[],
  cacheRoot: string,
  now: () => number = Date.now,
): DescribedFolder {
  const cache = new StatCache(cacheRoot, root, (text) => createHash("sha256").update(text).digest("hex"));
  const hasher = new Hasher();
  const places = new Map<string, string>();
  const lines = scanned.map(({ path, stats, target }): ContextLine => {
    const [mode, mtime] = [Number(stats.mode), stats.mtimeNs.toString()];
    if (target !== undefined) return [path, mode, mtime, target];
    if (!stats.isFile()) return [path, mode, mtime];
    let sha256 = cache.find(path, stats);
    if (sha256 === undefined) {
      const startedNs = BigInt(now()) * 1_000_000n;
      sha256 = hasher.file(`${root}/${path}`);
      cache.remember(path, stats, sha256, startedNs);
    }
    places.set(sha256, path);
    return [path, mode, mtime, Number(stats.size), sha256];
  });
  cache.save();
  return { root, lines, places };
}

class Hasher {
  readonly #chunk = Buffer.allocUnsafe(chunkBytes);

  file(path: string): string {
    const { openSync, readSync, closeSync } = files();
    const hash = createHash("sha256");
    const descriptor = openSync(path, "r");
    try {
      for (;;) {
        const size = readSync(descriptor, this.#chunk);
        if (size === 0) return hash.digest("hex");
        hash.update(this.#chunk.subarray(0, size));
      }
    } finally {
      closeSync(descriptor);
    }
  }
}
