import { existsSync } from "node:fs";
import { join } from "node:path";
import type { LayerDirectories } from "./layer-directories.ts";
import type { LayerRecords } from "./layer-records.ts";
import type { ChainId } from "./layer-store.ts";

/**
 * Brings rows and directories to agree after a crash. A directory without its row was never promised to anyone; a
 * row without its directory promises what is not there.
 */
export async function reconcileLayers(
  records: LayerRecords,
  directories: LayerDirectories,
  collect: (chainId: ChainId) => Promise<unknown>,
): Promise<void> {
  directories.sweep();
  records.transaction(() => {
    for (const chainId of records.unsynced()) dropChain(records, chainId);
  });
  dropRowsWithoutDirectory(records, directories);
  removeDirectoriesWithoutRow(records, directories);
  removeForgottenBlobs(records, directories);
  records.dropLeases();
  for (const { chainId } of records.list()) await collect(chainId);
}

function dropRowsWithoutDirectory(records: LayerRecords, directories: LayerDirectories): void {
  records.transaction(() => {
    for (const { chainId, directory } of records.list())
      if (!existsSync(directories.diff(directory))) dropChain(records, chainId);
    for (const id of records.writableIds())
      if (!existsSync(directories.writable(id).upper)) records.deleteWritable(id);
  });
}

/** Compressed forms that were being let go. */
function removeForgottenBlobs(records: LayerRecords, directories: LayerDirectories): void {
  for (const { blob, directory } of records.list()) if (blob === undefined) directories.removeBlob(directory);
}

/** What stands on a lost layer is lost with it. */
function dropChain(records: LayerRecords, chainId: ChainId): void {
  for (const child of records.children(chainId)) dropChain(records, child);
  records.deleteWritableOf(chainId);
  records.delete(chainId);
}

function removeDirectoriesWithoutRow(records: LayerRecords, directories: LayerDirectories): void {
  const known = new Set(records.list().map((layer) => layer.directory));
  for (const name of directories.layerNames())
    if (!known.has(name)) directories.remove(join(directories.root, name));
  const owners = new Set(records.writableIds());
  for (const id of directories.writableIds())
    if (!owners.has(id)) directories.remove(directories.writable(id).path);
}
