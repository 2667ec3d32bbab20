import { readFileSync, writeFileSync } from "node:fs";
import { errnoOf } from "../../base/errors.ts";
import type { ChainId } from "./layer-store.ts";

// A build's layer may hold files that other layers and the store of contexts hold, too: further names of the same inodes. Beside such a
// layer stands which inodes of it had several names when it was sealed, so that what layers take on the disk can be told without
// looking at every file. While the layer lives, each of these numbers is that of its file.

const pairBytes = 16;

/** A file with several names. */
export interface NamedFile {
  inode: number;
  sizeBytes: number;
}

/** Numbers as doubles, inode and size in turn. No file at all where there are none. */
export function writeNamedFiles(path: string, files: readonly NamedFile[]): void {
  if (files.length === 0) return;
  const bytes = Buffer.allocUnsafe(files.length * pairBytes);
  for (const [index, { inode, sizeBytes }] of files.entries()) {
    bytes.writeDoubleLE(inode, index * pairBytes);
    bytes.writeDoubleLE(sizeBytes, index * pairBytes + 8);
  }
  writeFileSync(path, bytes, { flag: "wx", mode: 0o600 });
}

/** Nothing where there is no such list. */
export function* readNamedFiles(path: string): Generator<NamedFile> {
  const bytes = readIfThere(path);
  for (let at = 0; at + pairBytes <= bytes.length; at += pairBytes)
    yield { inode: bytes.readDoubleLE(at), sizeBytes: bytes.readDoubleLE(at + 8) };
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

/** What layers take on the disk. */
export interface LayerUsage {
  /** Bytes of the files of each layer. One that several layers have counts for the oldest of them. */
  contentBytes: Map<ChainId, number>;
  /** Bytes of each layer's files that another layer has, too. */
  sharedBytes: Map<ChainId, number>;
  /** Inodes that layers may share with something else. */
  inodes: ReadonlySet<number>;
}

/** `layers` come oldest first, each with its list. */
export function layerUsage(
  layers: readonly { chainId: ChainId; sizeBytes: number; named: string }[],
): LayerUsage {
  const owners = new Map<number, ChainId>();
  const usage = { contentBytes: new Map<ChainId, number>(), sharedBytes: new Map<ChainId, number>() };
  const countedOnce = new Set<number>();
  for (const { chainId, sizeBytes, named } of layers) {
    add(usage.contentBytes, chainId, sizeBytes);
    for (const file of readNamedFiles(named)) {
      const owner = owners.get(file.inode);
      if (owner === undefined) {
        owners.set(file.inode, chainId);
        continue;
      }
      add(usage.contentBytes, chainId, -file.sizeBytes);
      add(usage.sharedBytes, chainId, file.sizeBytes);
      if (!countedOnce.has(file.inode)) add(usage.sharedBytes, owner, file.sizeBytes);
      countedOnce.add(file.inode);
    }
  }
  return { ...usage, inodes: new Set(owners.keys()) };
}

function add(map: Map<ChainId, number>, chainId: ChainId, bytes: number): void {
  map.set(chainId, (map.get(chainId) ?? 0) + bytes);
}
