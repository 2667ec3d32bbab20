import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { must } from "./command.ts";
import type { TestEngine } from "./test-engine.ts";

/** Puts an engine's data root on a file system of `mebibytes` of its own, before the engine starts. */
export async function shrinkDataRoot(engine: TestEngine, mebibytes: number): Promise<void> {
  await must(["mount", "-t", "tmpfs", "-o", `size=${mebibytes}m,mode=711`, "tmpfs", engine.dataRoot]);
}

/** Takes it away again, once the engine has ended. */
export async function growDataRoot(engine: TestEngine): Promise<void> {
  await must(["umount", engine.dataRoot]);
}

/** What the engine keeps of images: layers, blobs, and what is on its way in or out. */
export function keptOf(engine: TestEngine): Record<string, string[]> {
  const names = ["layers", "layers/staging", "layers/trash", "blobs/ingest", "blobs/sha256", "partial"];
  return Object.fromEntries(
    names.map((name) => {
      const path = join(engine.dataRoot, name);
      return [name, existsSync(path) ? readdirSync(path).sort() : []];
    }),
  );
}
