import { closeSync, linkSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../base/errors.ts";

/** A part of a log. Its number grows with time. */
export interface Segment {
  number: number;
  path: string;
  compressed: boolean;
  /** Of what it holds, unpacked. */
  sizeBytes: number;
}

const plainName = /^(\d+)\.log$/;
/** Not the `current.tmp` of a monitor. */
const unfinishedName = /^\d.*\.tmp$/;
const compressedName = /^(\d+)\.(\d+)\.zst$/;

/**
 * A container's log. The monitor writes `current`, and whenever it begins a new file there, the old one would be gone:
 * so each is held by a second link from its beginning on, its segment. No byte is lost to a rotation, whoever does it,
 * as long as nobody rotates twice before `segments` is called again.
 */
export class LogDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** What the monitor writes to. */
  get current(): string {
    return join(this.path, "current");
  }

  /** To be called before a monitor starts. */
  prepare(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    closeSync(openSync(this.current, "a", 0o600));
    this.segments();
  }

  /** Oldest first. While `current` exists, the last is the one that is written to. */
  segments(): Segment[] {
    const segments = this.#list();
    const live = inodeOf(this.current);
    const last = segments.at(-1);
    if (live === undefined || (last !== undefined && inodeOf(last.path) === live)) return segments;
    const number = (last?.number ?? 0) + 1;
    const path = join(this.path, `${number}.log`);
    linkSync(this.current, path);
    return [...segments, { number, path, compressed: false, sizeBytes: sizeOf(path) }];
  }

  /** The size of what is written to; 0 where nothing is. */
  get currentBytes(): number {
    return statSync(this.current, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Whether the monitor has begun a new file since `last` was. */
  isCurrent(last: Segment | undefined): boolean {
    return last !== undefined && inodeOf(last.path) === inodeOf(this.current);
  }

  /** Where a segment goes when it is compressed. */
  compressedPath({ number, sizeBytes }: Segment): string {
    return join(this.path, `${number}.${sizeBytes}.zst`);
  }

  /** The last segment is finished: the next monitor begins a new one. Only while no monitor writes. */
  finish(): void {
    rmSync(this.current, { force: true });
  }

  /** Takes away what an engine that died left half written. */
  sweep(): void {
    for (const name of namesIn(this.path))
      if (unfinishedName.test(name)) rmSync(join(this.path, name), { force: true });
  }

  #list(): Segment[] {
    return namesIn(this.path)
      .map((name) => this.#segment(name))
      .filter((segment) => segment !== undefined)
      .sort((a, b) => a.number - b.number);
  }

  #segment(name: string): Segment | undefined {
    const path = join(this.path, name);
    const plain = plainName.exec(name);
    if (plain !== null) {
      return { number: Number(plain[1]), path, compressed: false, sizeBytes: sizeOf(path) };
    }
    const compressed = compressedName.exec(name);
    if (compressed === null) return undefined;
    return { number: Number(compressed[1]), path, compressed: true, sizeBytes: Number(compressed[2]) };
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
