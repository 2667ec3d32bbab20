import { readSync, realpathSync, writeSync } from "node:fs";
import { messageOf } from "../../../base/errors.ts";
import { enterRoot } from "../../../linux/special-files.ts";
import type { BytePath } from "../../../store/archive/entry-path.ts";
import { Extractor } from "../../../store/archive/extractor.ts";
import { TarReader } from "../../../store/archive/tar-reader.ts";
import { ensureDirectory } from "./copy-selection.ts";
import type { Owner } from "./files-task.ts";
import { bytesOf } from "./tree.ts";

const inputBytes = 1 << 20;

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
  const extractor = new Extractor({ whiteouts: "literal", into, ...(owner && { owner }) });
  const reader = new TarReader({
    entry: (entry) => void extractor.entry(entry),
    content: (bytes, offset) => extractor.content(bytes, offset),
    entryEnd: () => extractor.entryEnd(),
  });
  const input = Buffer.allocUnsafe(inputBytes);
  const read = () => readSync(0, input, 0, input.length, null);
  for (let size = read(); size > 0; size = read()) reader.write(input.subarray(0, size));
  reader.end();
  extractor.finish();
}
