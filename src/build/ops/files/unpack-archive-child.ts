import { realpathSync, writeSync } from "node:fs";
import { messageOf } from "../../../base/errors.ts";
import { enterRoot } from "../../../linux/special-files.ts";
import type { BytePath } from "../../../store/archive/entry-path.ts";
import { extractInput } from "../../../store/archive/extract-input.ts";
import { Extractor } from "../../../store/archive/extractor.ts";
import { ensureDirectory } from "./copy-selection.ts";
import type { Owner } from "./files-task.ts";
import { bytesOf } from "./tree.ts";

/** The child that unpacks an ADD's archive, chrooted into the file system it goes to: no link in either leads out. */
export async function run([rootfs = "", directory = "", owner = "null"]: string[]): Promise<number> {
  try {
    process.umask(0);
    const root = realpathSync(rootfs);
    const given = (JSON.parse(owner) as Owner | null) ?? undefined;
    const place = ensureDirectory(root, directory, { owner: given }).slice(root.length + 1);
    enterRoot(root);
    unpack(bytesOf(place), given);
    return 0;
  } catch (error) {
    writeSync(2, messageOf(error));
    return 1;
  }
}

function unpack(into: BytePath, owner: Owner | undefined): void {
  const extractor = new Extractor({
    whiteouts: "literal",
    into,
    holesTakeRoom: true,
    ...(owner && { owner }),
  });
  extractInput(extractor);
}
