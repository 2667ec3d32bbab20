import { type BigIntStats, readlinkSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type BytePath, joinPath } from "../archive/entry-path.ts";
import { bytes, capability, isOpaque, isWhiteout, latin1, namesIn, statOf } from "./overlay-entry.ts";
import { type LayerFiles, readTarSplit } from "./tar-split.ts";

/** One entry of a layer. Directories come before what is in them. */
export interface LayerEntry {
  path: BytePath;
  type: "file" | "directory" | "symlink" | "special" | "deleted";
  /** A directory that hides all that lower layers have in its place. */
  opaque: boolean;
  /** Bytes of content; of several names of one file the first in order has them. */
  sizeBytes: number;
  /** Equal for equal content: the sum taken when the layer came, a link's target, a device's number. */
  content: string;
  mode: number;
  owner: string;
  capability: string;
}

/** Every entry of a layer, in the order of the paths, without reading a file: sums stand in the layer's record. */
export async function listLayerEntries(files: LayerFiles): Promise<LayerEntry[]> {
  const walk = new LayerWalk(contentSums(files.split));
  await walk.directory(latin1(files.diff), "");
  return walk.entries();
}

class LayerWalk {
  readonly #sums: Map<BytePath, string>;
  readonly #entries: LayerEntry[] = [];
  /** Files of several names by inode: only one of the names is in the record. */
  readonly #linked = new Map<bigint, { entries: LayerEntry[]; sum: string }>();

  constructor(sums: Map<BytePath, string>) {
    this.#sums = sums;
  }

  async directory(place: string, path: BytePath): Promise<void> {
    for (const name of namesIn(place).sort()) {
      const [inner, innerPath] = [`${place}/${name}`, joinPath(path, name)];
      const stat = statOf(inner);
      if (stat === undefined) continue;
      this.#add(inner, innerPath, stat);
      if (stat.isDirectory()) await this.directory(inner, innerPath);
    }
    await nextTurn();
  }

  entries(): LayerEntry[] {
    for (const { entries, sum } of this.#linked.values()) for (const entry of entries) entry.content = sum;
    return this.#entries;
  }

  #add(place: string, path: BytePath, stat: BigIntStats): void {
    const type = typeOf(stat);
    const entry: LayerEntry = {
      path,
      type,
      opaque: type === "directory" && isOpaque(place),
      sizeBytes: type === "file" || type === "symlink" ? Number(stat.size) : 0,
      content: this.#contentOf(place, path, stat),
      mode: Number(stat.mode),
      owner: `${stat.uid}:${stat.gid}`,
      capability: type === "file" ? (capability(place) ?? "") : "",
    };
    if (type === "file" && stat.nlink > 1n) this.#link(stat.ino, entry);
    this.#entries.push(entry);
  }

  #contentOf(place: string, path: BytePath, stat: BigIntStats): string {
    if (stat.isSymbolicLink()) return readlinkSync(bytes(place), "latin1");
    return stat.isFile() ? (this.#sums.get(path) ?? "") : String(stat.rdev);
  }

  #link(inode: bigint, entry: LayerEntry): void {
    const linked = this.#linked.get(inode) ?? { entries: [], sum: "" };
    if (linked.entries.length > 0) entry.sizeBytes = 0;
    linked.sum ||= entry.content;
    linked.entries.push(entry);
    this.#linked.set(inode, linked);
  }
}

function typeOf(stat: BigIntStats): LayerEntry["type"] {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "directory";
  if (stat.isSymbolicLink()) return "symlink";
  return isWhiteout(stat) ? "deleted" : "special";
}

/** Of a path that the archive had several times, the last counts; a sparse file has several pieces. */
function contentSums(split: string): Map<BytePath, string> {
  const sums = new Map<BytePath, { entry: number; text: string }>();
  for (const piece of readTarSplit(split)) {
    if (Buffer.isBuffer(piece)) continue;
    const text = `${piece.offset}+${piece.length}:${piece.crc};`;
    const before = sums.get(piece.path);
    if (before?.entry === piece.entry) before.text += text;
    else sums.set(piece.path, { entry: piece.entry, text });
  }
  return new Map([...sums].map(([path, { text }]) => [path, text]));
}
