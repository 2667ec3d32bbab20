import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../base/errors.ts";
import type { Container } from "./container.ts";

/** Bytes of files that the container itself wrote or changed; a file with several names counts once. */
export async function writableSizeBytes({ graphDriver }: Pick<Container, "graphDriver">): Promise<number> {
  const upper = graphDriver.Data?.UpperDir;
  return upper === undefined ? 0 : treeSizeBytes(upper, new Set());
}

async function treeSizeBytes(directory: string, seen: Set<number>): Promise<number> {
  let sizeBytes = 0;
  for (const entry of await entriesOf(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) sizeBytes += await treeSizeBytes(path, seen);
    else if (entry.isFile()) sizeBytes += await fileSizeBytes(path, seen);
  }
  return sizeBytes;
}

async function fileSizeBytes(path: string, seen: Set<number>): Promise<number> {
  try {
    const { ino, nlink, size } = await lstat(path);
    if (nlink > 1 && seen.has(ino)) return 0;
    seen.add(ino);
    return size;
  } catch (error) {
    return gone(error, 0);
  }
}

async function entriesOf(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    return gone(error, []);
  }
}

/** A running container may remove what was just listed. */
function gone<T>(error: unknown, instead: T): T {
  if (errnoOf(error) === "ENOENT") return instead;
  throw error;
}
