import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runPrefix } from "./paths.ts";

/** Folders with contexts of builds, and whatever else a test puts there. */
export class BuildFolders implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), `${runPrefix}build-`));

  /** A new folder with these files. */
  make(files: Readonly<Record<string, string>> = {}): string {
    const folder = mkdtempSync(join(this.root, "folder-"));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    return folder;
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
