import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mount, MountFlag, unmount } from "../../../linux/mount.ts";
import type { Place } from "../make-layer.ts";

export interface SecretFile {
  value: Uint8Array;
  mode: number;
  uid: number;
  gid: number;
}

/** Files that are in memory alone, and only as long as the step runs. */
export class SecretFiles {
  readonly #place: Place;
  #directory: string | undefined;
  #count = 0;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Answers the file's path on the host. */
  write({ value, mode, uid, gid }: SecretFile): string {
    this.#count += 1;
    const path = join((this.#directory ??= this.#mountMemory()), String(this.#count));
    writeFileSync(path, value, { mode: 0o600 });
    chownSync(path, uid, gid);
    chmodSync(path, mode);
    return path;
  }

  #mountMemory(): string {
    const directory = join(this.#place.directory, "secrets");
    mkdirSync(directory, { mode: 0o700 });
    mount(
      "tmpfs",
      directory,
      "tmpfs",
      MountFlag.noSuid | MountFlag.noDev | MountFlag.noExec,
      "mode=700,noswap",
    );
    this.#place.cleanup.add("secrets", () => void unmount(directory));
    return directory;
  }
}
