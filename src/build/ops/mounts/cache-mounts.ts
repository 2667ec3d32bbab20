import { createHash } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
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
    if (request.sharing === "locked") await this.#free(name, signal);
    return this.#open(name, request);
  }

  /** Every directory, and whether a step has it now. */
  list(): { name: string; directory: string; inUse: boolean }[] {
    return readdirSync(this.#root).map((name) => ({
      name,
      directory: join(this.#root, name),
      inUse: this.#users.has(name),
    }));
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

  async #free(name: string, signal: AbortSignal): Promise<void> {
    while (this.#users.has(name)) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), resolve]);
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  #open(name: string, { mode, uid, gid }: CacheMountRequest): CacheMount {
    const directory = join(this.#root, name);
    const isNew = !existsSync(directory);
    if (isNew) {
      mkdirSync(directory);
      chownSync(directory, uid, gid);
      chmodSync(directory, mode);
    }
    this.#users.set(name, (this.#users.get(name) ?? 0) + 1);
    return { directory, isNew, release: () => this.#release(name) };
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
