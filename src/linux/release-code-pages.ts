import { readFileSync } from "node:fs";
import { check, libc } from "./libc.ts";

const dontNeed = 4;

/**
 * Gives back the mapped pages of this program's own code: much of it runs at start and never again. Only text
 * mappings, which are never written: what is needed comes back from the page cache at its next use (madvise(2),
 * MADV_DONTNEED).
 */
export function releaseCodePages(program = process.execPath): void {
  for (const line of readFileSync("/proc/self/maps", "utf8").split("\n")) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ \S+\s+(.+)$/.exec(line);
    if (match === null || match[3] !== program) continue;
    const start = Number.parseInt(match[1] ?? "", 16);
    const end = Number.parseInt(match[2] ?? "", 16);
    check(libc.madvise(start, end - start, dontNeed), "madvise", program);
  }
}
