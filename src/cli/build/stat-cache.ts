import type { BigIntStats } from "node:fs";
import { join } from "node:path";
import { files } from "../files.ts";

/** What tells that a file is the one that was hashed. */
type Known = [
  path: string,
  sizeBytes: string,
  mtimeNs: string,
  ctimeNs: string,
  inode: string,
  sha256: string,
];

/** A file that changed so short a time before it was hashed may change once more and look the same: the kernel's clock ticks. */
const tickNs = 20_000_000n;

/** Remembers the hashes of a folder's files between builds: a file that looks the same is not read again. */
export class StatCache {
  readonly #path: string;
  readonly #before = new Map<string, Known>();
  readonly #now = new Map<string, Known>();
  #changed = false;

  /** `directory` is the user's cache directory, `folder` the absolute path of what is hashed. */
  constructor(directory: string, folder: string, name: (text: string) => string) {
    this.#path = join(directory, "contexts", name(folder));
    for (const known of read(this.#path)) this.#before.set(known[0], known);
  }

  find(path: string, stats: BigIntStats): string | undefined {
    const known = this.#before.get(path);
    if (known === undefined || !same(known, stats)) return undefined;
    this.#now.set(path, known);
    return known[5];
  }

  /** `atNs` is when reading began. */
  remember(path: string, stats: BigIntStats, sha256: string, atNs: bigint): void {
    if (stats.ctimeNs + tickNs > atNs || stats.mtimeNs + tickNs > atNs) return;
    this.#changed = true;
    this.#now.set(path, [path, ...identity(stats), sha256]);
  }

  /** Keeps what was found or remembered in this run. A cache that cannot be written is none. */
  save(): void {
    if (!this.#changed && this.#now.size === this.#before.size) return;
    const fs = files();
    const temporary = `${this.#path}.${process.pid}`;
    try {
      fs.mkdirSync(join(this.#path, ".."), { recursive: true, mode: 0o700 });
      fs.writeFileSync(temporary, JSON.stringify([...this.#now.values()]), { mode: 0o600 });
      fs.renameSync(temporary, this.#path);
      removeStale(join(this.#path, ".."));
    } catch {
      fs.rmSync(temporary, { force: true });
    }
  }
}

/** Folders that were not built for so long may be gone. */
const staleMs = 30 * 24 * 3600 * 1000;

function removeStale(directory: string): void {
  const fs = files();
  for (const name of fs.readdirSync(directory)) {
    const path = join(directory, name);
    const found = fs.statSync(path, { throwIfNoEntry: false });
    if (found !== undefined && Date.now() - found.mtimeMs > staleMs) fs.rmSync(path, { force: true });
  }
}

function identity({ size, mtimeNs, ctimeNs, ino }: BigIntStats): [string, string, string, string] {
  return [size.toString(), mtimeNs.toString(), ctimeNs.toString(), ino.toString()];
}

/** A folder has tens of thousands of files: no list is made for each. */
function same([, size, mtimeNs, ctimeNs, inode]: Known, stats: BigIntStats): boolean {
  return (
    stats.ctimeNs.toString() === ctimeNs &&
    stats.mtimeNs.toString() === mtimeNs &&
    stats.ino.toString() === inode &&
    stats.size.toString() === size
  );
}

function read(path: string): Known[] {
  try {
    return JSON.parse(files().readFileSync(path, "utf8")) as Known[];
  } catch {
    return [];
  }
}

/** Where caches of this user stand (XDG base directories). */
export function cacheDirectory(env: Record<string, string | undefined>): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME ?? "/root", ".cache"), "gantry");
}
