import type { LocalCopy } from "./copy/local-copy.ts";

/** What a command needs of the system and this room does not reach for itself: handed in by the entry. */
export interface KernelIo {
  /** The whole text of a small file; undefined when there is none. */
  readTextIfThere: (path: string) => Promise<string | undefined>;
  /** Loads what packs and unpacks local files. */
  localCopy: () => Promise<LocalCopy>;
  /** Lets what is written to a terminal pass unchanged. */
  passOutputAsIs: (fd: number) => Promise<void>;
}
