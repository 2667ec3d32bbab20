import { number } from "./header-block.ts";
import { type PaxRecords, paxInteger } from "./pax.ts";
import { type Extent, invalidHeader } from "./tar-entry.ts";

// The four ways a tar keeps a sparse file (GNU tar manual, "Storing Sparse Files"): the old GNU header, and the PAX
// formats 0.0, 0.1 and 1.0.

/** More would be an attack on memory: a real file of that many holes is no file one ships. */
export const mostExtents = 1_000_000;

/** The map in an old GNU header: four extents, and whether further blocks of 21 follow. */
export function oldGnuMap(block: Buffer): { extents: Extent[]; more: boolean; realSizeBytes: number } {
  return {
    extents: extentsIn(block, 386, 4),
    more: block[482] !== 0,
    realSizeBytes: number(block, 483, 12),
  };
}

export function oldGnuExtension(block: Buffer): { extents: Extent[]; more: boolean } {
  return { extents: extentsIn(block, 0, 21), more: block[504] !== 0 };
}

function extentsIn(block: Buffer, start: number, count: number): Extent[] {
  const extents: Extent[] = [];
  for (let index = 0; index < count; index++) {
    const at = start + index * 24;
    if (block[at] === 0) break;
    extents.push({ offset: number(block, at, 12), length: number(block, at + 12, 12) });
  }
  return extents;
}

/** What a PAX header says of a sparse file; `map` is undefined in format 1.0, where it stands before the content. */
export interface PaxSparse {
  realSizeBytes: number;
  name: Buffer | undefined;
  map: Extent[] | undefined;
}

/** Undefined for a file that is not sparse. */
export function paxSparse(records: PaxRecords): PaxSparse | undefined {
  const get = (key: string) => records.findLast(([name]) => name === `GNU.sparse.${key}`)?.[1];
  const size = get("realsize") ?? get("size");
  if (size === undefined) return undefined;
  const realSizeBytes = paxInteger("GNU.sparse.size", size);
  const name = get("name");
  if (get("major")?.toString() === "1") return { realSizeBytes, name, map: undefined };
  const map = get("map");
  const numbers =
    map === undefined
      ? records.filter(([key]) => key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes")
      : map
          .toString("latin1")
          .split(",")
          .filter((text) => text !== "")
          .map((text): [string, Buffer] => ["GNU.sparse.map", Buffer.from(text)]);
  return { realSizeBytes, name, map: pairs(numbers.map(([key, value]) => paxInteger(key, value))) };
}

/** Collects the map of format 1.0: decimal lines (count, then offset and length of each) in blocks before the content. */
export class SparseMapText {
  #text = "";
  #lines = 0;

  /** Takes one block; answers the map once it is whole. */
  add(block: Buffer): Extent[] | undefined {
    const text = block.toString("latin1").replace(/\0+$/, "");
    if (/[^0-9\n]/.test(text)) throw invalidHeader("a sparse map is not a list of numbers");
    this.#text += text;
    this.#lines += text.split("\n").length - 1;
    if (this.#lines === 0) throw invalidHeader("a sparse map has no count");
    const count = Number(this.#text.slice(0, this.#text.indexOf("\n")));
    if (count > mostExtents) throw invalidHeader("a sparse map is too long");
    if (this.#lines < 1 + 2 * count) return undefined;
    return pairs(
      this.#text
        .split("\n")
        .slice(1, 1 + 2 * count)
        .map(Number),
    );
  }
}

function pairs(numbers: number[]): Extent[] {
  if (numbers.length % 2 !== 0) throw invalidHeader("a sparse map has an odd count");
  const extents: Extent[] = [];
  for (let index = 0; index < numbers.length; index += 2)
    extents.push({ offset: numbers[index] as number, length: numbers[index + 1] as number });
  return extents;
}

/** Refuses a map that is out of order, out of the file, or not as long as what is stored. */
export function checkExtents(extents: Extent[], realSizeBytes: number, storedBytes: number): void {
  let [end, total] = [0, 0];
  if (extents.length > mostExtents) throw invalidHeader("a sparse map is too long");
  for (const { offset, length } of extents) {
    if (offset < end || length < 0 || offset + length > realSizeBytes)
      throw invalidHeader("a sparse map is out of order");
    end = offset + length;
    total += length;
  }
  if (!Number.isSafeInteger(end) || total !== storedBytes)
    throw invalidHeader("a sparse map does not fit its content");
}
