import { readSync } from "node:fs";
import type { Extractor } from "./extractor.ts";
import type { TarEntry } from "./tar-entry.ts";
import { TarReader } from "./tar-reader.ts";

const inputBytes = 1 << 20;

/** Extracts the tar on this process's standard input to its end: for children that do nothing else. Blocks. */
export function extractInput(extractor: Extractor, change = (entry: TarEntry): TarEntry => entry): void {
  const reader = new TarReader({
    entry: (entry) => void extractor.entry(change(entry)),
    content: (bytes, offset) => extractor.content(bytes, offset),
    entryEnd: () => extractor.entryEnd(),
  });
  const input = Buffer.allocUnsafe(inputBytes);
  const read = () => readSync(0, input, 0, input.length, null);
  for (let size = read(); size > 0; size = read()) reader.write(input.subarray(0, size));
  reader.end();
  extractor.finish();
}
