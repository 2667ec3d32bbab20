import { mkdirSync, readdirSync, renameSync, rmdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { EngineError, errnoOf, messageOf } from "../base/errors.ts";
import { unmountBelow } from "./device-mount.ts";

const trashPrefix = ".removed-";

/** Where volumes lie: `ROOT/NAME/_data`, with room beside `_data` for what the engine needs. */
export class VolumeDirectories {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    mkdirSync(root, { recursive: true, mode: 0o701 });
  }

  path(name: string): string {
    return join(this.#root, name);
  }

  data(name: string): string {
    return join(this.#root, name, "_data");
  }

  /** One that is there already, with what it holds, is taken as it is, as dockerd does. */
  make(name: string): void {
    try {
      mkdirSync(this.path(name), { recursive: true, mode: 0o701 });
      mkdirSync(this.data(name), { recursive: true, mode: 0o755 });
    } catch (error) {
      const message = `create ${name}: error while creating volume root path '${this.path(name)}': ${messageOf(error)}`;
      throw new EngineError("internal", message, error);
    }
  }

  /** Takes the volume's directory away at once, and then piece by piece. Nothing is mounted in it any more. */
  async remove(name: string): Promise<void> {
    unmountBelow(this.path(name));
    const trash = join(this.#root, trashPrefix + randomBytes(8).toString("hex"));
    try {
      renameSync(this.path(name), trash);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return;
      throw error;
    }
    await rm(trash, { recursive: true, force: true });
  }

  /** Finishes removals that a crash cut short. */
  async emptyTrash(): Promise<void> {
    for (const entry of readdirSync(this.#root)) {
      if (!entry.startsWith(trashPrefix)) continue;
      unmountBelow(join(this.#root, entry));
      await rm(join(this.#root, entry), { recursive: true, force: true });
    }
  }

  /**
   * Removes a directory that no volume has if nothing was ever put into it: its creation was cut short. Answers
   * false for one with content, which may be somebody's data.
   */
  removeUnused(name: string): boolean {
    try {
      for (const path of [this.data(name), this.path(name)]) removeEmpty(path);
      return true;
    } catch {
      return false;
    }
  }

  names(): string[] {
    return readdirSync(this.#root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => entry.name);
  }
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}
