import type { BigIntStats } from "node:fs";
import type { Readable } from "node:stream";

/** Packing and unpacking of local files: handed in by the entry, this room does not reach for it. */
export interface LocalCopy {
  /** A tar of `base` in `directory` (`.`: of all that is in it) under another name. */
  packLocal: (source: { directory: string; base: string; name: string }) => Readable;
  /** Unpacks a tar; its first name may change. */
  unpackLocal: (tar: Readable, directory: string, rename?: { from: string; to: string }) => Promise<void>;
  /** A tar of the named files below `root`, then of files that are nowhere else. Everything in it is root's. */
  packFiles: (
    root: string,
    files: readonly { path: string; stats: BigIntStats; target?: string }[],
    added: readonly { name: string; content: string }[],
  ) => Readable;
}
