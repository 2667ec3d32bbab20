import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { CacheSharing } from "../../instructions/run-mount.ts";

export interface CacheMountRequest {
  id: string;
  sharing: CacheSharing;
  mode: number;
  uid: number;
  gid: number;
}

export interface CacheMount {
  directory: string;
  /** It was made for this one: what it begins with may be put there. */
  isNew: boolean;
  release: () => void;
}

/** What is known of a cache besides its files; beside them, not in them. */
interface CacheInfo {
  id: string;
  createdMs: number;
  usedMs: number;
  uses: number;
}

/** A cache as people look at it. */
export type KnownCache = CacheInfo & { name: string; directory: string; inUse: boolean };

// ROOT/NAME/data        what is mounted
// ROOT/NAME/info.json

/** The directories behind `RUN --mount=type=cache`, by their ids. They outlive builds and engines. */
export class CacheMounts {
  readonly #root: string;
  readonly #users = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(root: string) {
    this.#root = root;
  }

  /** `locked` waits until nobody has it, `private` gets another one meanwhile. */
  async take(request: CacheMountRequest, signal: AbortSignal): Promise<CacheMount> {
    const name = createHash("sha256").update(request.id).digest("hex").slice(0, 32);
    if (request.sharing === "private") return this.#open(this.#freeName(name), request);
    // Nothing may come between seeing that it is free and having it: another that waits would see the same.
    while (request.sharing === "locked" && this.#users.has(name)) await this.#freed(name, signal);
    return this.#open(name, request);
  }

  list(): KnownCache[] {
    return readdirSync(this.#root).flatMap((name) => {
      const info = this.#info(name);
      const place = { name, directory: join(this.#root, name, "data"), inUse: this.#users.has(name) };
      return info === undefined ? [] : [{ ...info, ...place }];
    });
  }

  /** Takes away what a crash left half made. */
  reconcile(): void {
    for (const name of readdirSync(this.#root)) if (this.#info(name) === undefined) this.remove(name);
  }

  remove(name: string): void {
    if (!this.#users.has(name)) rmSync(join(this.#root, name), { recursive: true, force: true });
  }

  #freeName(name: string): string {
    for (let number = 0; ; number += 1) {
      const candidate = number === 0 ? name : `${name}-${number}`;
      if (!this.#users.has(candidate)) return candidate;
    }
  }

  async #freed(name: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve) => {
      this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), resolve]);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    signal.throwIfAborted();
  }

  #open(name: string, { id, mode, uid, gid }: CacheMountRequest): CacheMount {
    const directory = join(this.#root, name, "data");
    const isNew = !existsSync(directory);
    if (isNew) {
      mkdirSync(directory, { recursive: true });
      chownSync(directory, uid, gid);
      chmodSync(directory, mode);
    }
    this.#note(name, id);
    this.#users.set(name, (this.#users.get(name) ?? 0) + 1);
    return { directory, isNew, release: () => this.#release(name) };
  }

  #note(name: string, id: string): void {
    const nowMs = Date.now();
    const before = this.#info(name) ?? { id, createdMs: nowMs, usedMs: nowMs, uses: 0 };
    const info: CacheInfo = { ...before, usedMs: nowMs, uses: before.uses + 1 };
    const path = join(this.#root, name, "info.json");
    writeFileSync(`${path}.new`, JSON.stringify(info), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  #info(name: string): CacheInfo | undefined {
    try {
      return JSON.parse(readFileSync(join(this.#root, name, "info.json"), "utf8")) as CacheInfo;
    } catch {
      return undefined;
    }
  }

  #release(name: string): void {
    const left = (this.#users.get(name) ?? 1) - 1;
    if (left > 0) return void this.#users.set(name, left);
    this.#users.delete(name);
    const waiting = this.#waiting.get(name) ?? [];
    this.#waiting.delete(name);
    for (const wake of waiting) wake();
  }
}
