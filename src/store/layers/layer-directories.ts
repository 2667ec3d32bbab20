import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../base/errors.ts";
import { spreadDirectories } from "../../linux/spread-directories.ts";
import type { LayerFiles } from "./tar-split.ts";

// ROOT/NAME/{diff,split,replaced,blob,named}   a layer; NAME is short, so that a hundred of them fit in one mount option
//                                  string; `blob` is its compressed form as a registry has it, where it came from one;
//                                  `named` tells which of its files have other names
// ROOT/staging/NAME/                one that is being unpacked
// ROOT/writable/ID/{upper,work}     a container's own
// ROOT/empty/                       the lower directory of an image without layers
// ROOT/trash/                       what is being removed

const reserved = ["staging", "writable", "empty", "trash"] as const;

/** Names and moves of the layer root's directories. A layer's appears whole under its name, or not at all. */
export class LayerDirectories {
  readonly root: string;
  #deleting: Promise<void> | undefined;
  /** Whether something has come into the trash since it was last looked through. */
  #trashed = false;

  constructor(root: string) {
    this.root = root;
    // As Docker has them: others may pass through to a mounted file system, not look.
    mkdirSync(root, { recursive: true, mode: 0o710 });
    for (const name of reserved) mkdirSync(join(root, name), { recursive: true, mode: 0o710 });
    spreadDirectories(join(root, "staging"));
  }

  /** A new directory to unpack into, with `diff` in it. */
  createStaging(): { name: string; path: string } {
    const made = this.#createStaging();
    mkdirSync(join(made.path, "diff"), { mode: 0o755 });
    return made;
  }

  /** The same with a writable layer's files moved into it. */
  stageWritable(id: string): { name: string; path: string } {
    const made = this.#createStaging();
    renameSync(this.writable(id).upper, join(made.path, "diff"));
    return made;
  }

  #createStaging(): { name: string; path: string } {
    for (;;) {
      const name = BigInt(`0x${randomBytes(8).toString("hex")}`)
        .toString(36)
        .padStart(13, "0")
        .slice(-10);
      const path = join(this.root, "staging", name);
      if (existsSync(join(this.root, name)) || existsSync(path)) continue;
      mkdirSync(path, { mode: 0o710 });
      return { name, path };
    }
  }

  /** Where the compressed form of a layer stands that is still being made. */
  stagedBlob(name: string): string {
    return join(this.root, "staging", name, "blob");
  }

  /** Gives a staged layer, already on disk, its final name; unless it is not `durable`, the move has reached the disk, too. */
  publish(name: string, durable = true): void {
    renameSync(join(this.root, "staging", name), join(this.root, name));
    if (durable) syncDirectory(this.root);
  }

  files(name: string): LayerFiles {
    const path = join(this.root, name);
    return { diff: join(path, "diff"), split: join(path, "split"), replaced: join(path, "replaced") };
  }

  blob(name: string): string {
    return join(this.root, name, "blob");
  }

  removeBlob(name: string): void {
    rmSync(this.blob(name), { force: true });
  }

  named(name: string): string {
    return join(this.root, name, "named");
  }

  /** Bytes of what is kept beside a layer's files, so that its tar, or the blob that it came as, can be had again. */
  recordBytes(name: string): number {
    const { split, replaced } = this.files(name);
    const kept = readdirSync(replaced).map((entry) => join(replaced, entry));
    const sizes = [split, this.blob(name), this.named(name), ...kept].map(
      (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
    );
    return sizes.reduce((sum, sizeBytes) => sum + sizeBytes, 0);
  }

  diff(name: string): string {
    return join(this.root, name, "diff");
  }

  get empty(): string {
    return join(this.root, "empty");
  }

  writable(id: string): { path: string; upper: string; work: string } {
    const path = join(this.root, "writable", id);
    return { path, upper: join(path, "upper"), work: join(path, "work") };
  }

  /** Names of the layers' directories. */
  layerNames(): string[] {
    const others: readonly string[] = reserved;
    return readdirSync(this.root).filter((name) => !others.includes(name));
  }

  writableIds(): string[] {
    return readdirSync(join(this.root, "writable"));
  }

  /**
   * Moves a path out of the way at once. Deleting it takes seconds where a disk discards what is freed, so that goes
   * on behind; after a crash `sweep` takes it up again.
   */
  remove(path: string): void {
    try {
      renameSync(path, join(this.root, "trash", randomBytes(8).toString("hex")));
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return;
      throw error;
    }
    this.#emptyTrash();
  }

  /** Gives up what earlier processes left half done or half deleted. */
  sweep(): void {
    const staging = join(this.root, "staging");
    for (const name of readdirSync(staging)) this.remove(join(staging, name));
    this.#emptyTrash();
  }

  /** Resolves when nothing is being deleted any more. */
  async settled(): Promise<void> {
    await this.#deleting;
  }

  /** One after the other, so that deleting never takes the disk from those who wait for it. */
  #emptyTrash(): void {
    this.#trashed = true;
    this.#deleting ??= this.#deleteAll().finally(() => {
      this.#deleting = undefined;
      if (this.#trashed) this.#emptyTrash();
    });
  }

  async #deleteAll(): Promise<void> {
    const trash = join(this.root, "trash");
    while (this.#trashed) {
      this.#trashed = false;
      // What cannot be deleted now is tried again with the next, or at the next start.
      for (const name of await readdir(trash))
        await rm(join(trash, name), { recursive: true, force: true }).catch(() => {});
    }
  }
}

/** Makes renames in `directory` last. */
export function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
