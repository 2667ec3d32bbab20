import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../base/errors.ts";

/** Bytes of file content under `directory`, each hard-linked file once. What vanishes meanwhile counts nothing. */
export async function treeSize(directory: string, seen = new Set<string>()): Promise<number> {
  let sizeBytes = 0;
  for (const entry of await orNothing(readdir(directory, { withFileTypes: true }), [])) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) sizeBytes += await treeSize(path, seen);
    else if (entry.isFile()) sizeBytes += await fileSize(path, seen);
  }
  return sizeBytes;
}

async function fileSize(path: string, seen: Set<string>): Promise<number> {
  const status = await orNothing(lstat(path), undefined);
  if (status === undefined) return 0;
  if (status.nlink > 1) {
    const inode = `${status.dev}:${status.ino}`;
    if (seen.has(inode)) return 0;
    seen.add(inode);
  }
  return status.size;
}

async function orNothing<T>(work: Promise<T>, nothing: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return nothing;
    throw error;
  }
}
