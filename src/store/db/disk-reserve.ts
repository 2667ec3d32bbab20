import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** As much as the log may grow by before SQLite writes it back into the file (1000 pages of 4 KiB). */
const reserveBytes = 4 << 20;
/** Taken again only when so much more is free: a disk that is about to be full again needs the space for the writer. */
const roomToSpareBytes = 16 << 20;

/**
 * Space on the disk that is kept for the database. When a container, a load or a pull has filled the disk, ends must
 * still be recorded and things removed, or nothing could ever be freed: then the reserve is given up for it.
 */
export class DiskReserve {
  readonly #path: string;
  #held = false;

  constructor(path: string) {
    this.#path = path;
    this.#held = statSync(path, { throwIfNoEntry: false })?.size === reserveBytes;
    this.restore();
  }

  /** Gives the space to whoever writes next; false where there was none left to give. */
  release(): boolean {
    if (!this.#held) return false;
    this.#held = false;
    rmSync(this.#path, { force: true });
    return true;
  }

  /** Takes the space again, where there is enough of it. */
  restore(): void {
    if (this.#held || !this.#hasRoom()) return;
    const descriptor = openSync(this.#path, "w", 0o600);
    try {
      // Written, not just sized: a file with a hole takes no space.
      for (let done = 0; done < reserveBytes; )
        done += writeSync(descriptor, zeros, 0, Math.min(zeros.length, reserveBytes - done));
      this.#held = true;
    } catch {
      rmSync(this.#path, { force: true });
    } finally {
      closeSync(descriptor);
    }
  }

  #hasRoom(): boolean {
    const { bavail, bsize } = statfsSync(dirname(this.#path));
    return bavail * bsize >= reserveBytes + roomToSpareBytes;
  }
}

const zeros = Buffer.alloc(64 << 10);
