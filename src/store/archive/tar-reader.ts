import { EngineError } from "../../base/errors.ts";
import { entryTypeOf, type HeaderBlock, isZeroBlock, parseHeaderBlock } from "./header-block.ts";
import { type PaxRecords, parsePaxRecords, paxInteger, paxTime, xattrPrefix } from "./pax.ts";
import {
  checkExtents,
  mostExtents,
  oldGnuExtension,
  oldGnuMap,
  type PaxSparse,
  paxSparse,
  SparseMapText,
} from "./sparse.ts";
import {
  blockBytes,
  type Extent,
  type EntryType,
  invalidHeader,
  paddingAfter,
  type TarEntry,
  truncated,
} from "./tar-entry.ts";

/**
 * What a reader reports, in the archive's order. Content is a view of what was written to the reader; other buffers are
 * only lent: they are overwritten after the call.
 */
export interface TarHandler {
  entry(entry: TarEntry): void;
  /** A piece of the current entry's content; `offset` is its place in the extracted file. */
  content(bytes: Buffer, offset: number): void;
  entryEnd(): void;
  /** Every byte that is not content: headers, maps, padding, what follows the end. */
  raw?(bytes: Buffer): void;
}

/** Go's archive/tar allows the same: no honest extended header is longer. */
const longestSpecial = 1 << 20;

/**
 * An incremental tar reader: `write` whatever bytes have come, then `end`. Understands V7, ustar, GNU (long names,
 * base-256, old sparse) and pax (all keys, binary attributes, sparse 0.0, 0.1 and 1.0). Throws `invalid`.
 */
export class TarReader {
  readonly #handler: TarHandler;
  /** What the next bytes are: a block to be read whole, or a run of bytes to be passed on as they come. */
  #next: "header" | "special" | "sparse-extension" | "sparse-map" | "content" | "padding" | "trailer" =
    "header";
  readonly #block = Buffer.alloc(blockBytes);
  #blockFill = 0;
  #padding = 0;
  #sawZeroBlock = false;
  #special = { typeFlag: "", bytes: Buffer.alloc(0), fill: 0 };
  #longName: Buffer | undefined;
  #longLink: Buffer | undefined;
  #pax: PaxRecords = [];
  #entry: TarEntry | undefined;
  #sparseMap = new SparseMapText();
  /** Content still to come, as runs; `#stored` is what the archive holds of the entry. */
  #extents: Extent[] = [];
  #extent = 0;
  #extentDone = 0;
  #stored = 0;

  constructor(handler: TarHandler) {
    this.#handler = handler;
  }

  write(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) at += this.#take(at === 0 ? chunk : chunk.subarray(at));
  }

  /** The archive's bytes are over. An archive without its two closing blocks is fine, half an entry is not. */
  end(): void {
    const between = this.#next === "header" && this.#blockFill === 0 && !this.#hasPending();
    if (!between && this.#next !== "trailer" && this.#next !== "padding") throw truncated();
    if (this.#next === "padding" && this.#hasPending()) throw truncated();
  }

  #hasPending(): boolean {
    return this.#longName !== undefined || this.#longLink !== undefined || this.#pax.length > 0;
  }

  #take(bytes: Buffer): number {
    switch (this.#next) {
      case "content":
        return this.#takeContent(bytes);
      case "padding":
        return this.#takePadding(bytes);
      case "special":
        return this.#takeSpecial(bytes);
      case "trailer":
        this.#handler.raw?.(bytes);
        return bytes.length;
      default:
        return this.#takeBlock(bytes);
    }
  }

  #takeBlock(bytes: Buffer): number {
    if (this.#blockFill === 0 && bytes.length >= blockBytes) {
      this.#blockRead(bytes.subarray(0, blockBytes));
      return blockBytes;
    }
    const taken = bytes.copy(this.#block, this.#blockFill, 0, blockBytes - this.#blockFill);
    this.#blockFill += taken;
    if (this.#blockFill === blockBytes) {
      this.#blockFill = 0;
      this.#blockRead(this.#block);
    }
    return taken;
  }

  #blockRead(block: Buffer): void {
    this.#handler.raw?.(block);
    if (this.#next === "header") this.#headerRead(block);
    else if (this.#next === "sparse-extension") {
      const { extents, more } = oldGnuExtension(block);
      this.#extents.push(...extents);
      if (this.#extents.length > mostExtents) throw invalidHeader("a sparse map is too long");
      if (!more) this.#beginContent();
    } else {
      this.#stored -= blockBytes;
      if (this.#stored < 0) throw invalidHeader("a sparse map is longer than its entry");
      const map = this.#sparseMap.add(block);
      if (map === undefined) return;
      this.#extents = map;
      this.#beginContent();
    }
  }

  #headerRead(block: Buffer): void {
    if (isZeroBlock(block)) {
      if (this.#sawZeroBlock) this.#next = "trailer";
      this.#sawZeroBlock = true;
      return;
    }
    if (this.#sawZeroBlock) throw invalidHeader("data after a closing block");
    const header = parseHeaderBlock(block);
    if ("xgLK".includes(header.typeFlag)) this.#beginSpecial(header);
    else this.#beginEntry(header, block);
  }

  #beginSpecial(header: HeaderBlock): void {
    if (header.sizeBytes > longestSpecial) throw invalidHeader("an extended header is too long");
    this.#special = { typeFlag: header.typeFlag, bytes: Buffer.alloc(header.sizeBytes), fill: 0 };
    this.#padding = paddingAfter(header.sizeBytes);
    this.#next = "special";
    if (header.sizeBytes === 0) this.#specialRead();
  }

  #takeSpecial(bytes: Buffer): number {
    const special = this.#special;
    const taken = bytes.copy(special.bytes, special.fill);
    special.fill += taken;
    this.#handler.raw?.(bytes.subarray(0, taken));
    if (special.fill === special.bytes.length) this.#specialRead();
    return taken;
  }

  #specialRead(): void {
    const { typeFlag, bytes } = this.#special;
    if (typeFlag === "x") this.#pax = parsePaxRecords(bytes);
    else if (typeFlag === "L") this.#longName = untilNul(bytes);
    else if (typeFlag === "K") this.#longLink = untilNul(bytes);
    // "g", global records, is read over as Docker does: git puts the commit there, and nothing else is met.
    this.#next = this.#padding > 0 ? "padding" : "header";
  }

  #beginEntry(header: HeaderBlock, block: Buffer): void {
    const type = entryTypeOf(header.typeFlag);
    if (type === undefined)
      throw new EngineError("invalid", `unhandled tar header type ${header.typeFlag.codePointAt(0)}`);
    const entry = entryOf(header, type, this.#longName, this.#longLink);
    this.#stored = applyPax(entry, header.sizeBytes, this.#pax);
    const sparse = type === "file" ? paxSparse(this.#pax) : undefined;
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#pax = [];
    if (entry.name.length === 0) throw invalidHeader("an entry has no name");
    // Writers leave a size on links and directories although no content follows (Go: isHeaderOnly).
    if (entry.type !== "file") this.#stored = 0;
    entry.sizeBytes = this.#stored;
    this.#padding = paddingAfter(this.#stored);
    this.#entry = entry;
    this.#extents = this.#stored === 0 ? [] : [{ offset: 0, length: this.#stored }];
    if (header.typeFlag === "S" && header.gnu) this.#beginOldSparse(entry, block);
    else if (sparse !== undefined) this.#beginPaxSparse(entry, sparse);
    else this.#beginContent();
  }

  #beginOldSparse(entry: TarEntry, block: Buffer): void {
    const { extents, more, realSizeBytes } = oldGnuMap(block);
    entry.sizeBytes = realSizeBytes;
    entry.extents = this.#extents = extents;
    if (more) this.#next = "sparse-extension";
    else this.#beginContent();
  }

  #beginPaxSparse(entry: TarEntry, sparse: PaxSparse): void {
    entry.sizeBytes = sparse.realSizeBytes;
    if (sparse.name !== undefined && sparse.name.length > 0) entry.name = sparse.name;
    entry.extents = this.#extents = sparse.map ?? [];
    if (sparse.map !== undefined) {
      this.#beginContent();
      return;
    }
    this.#sparseMap = new SparseMapText();
    this.#next = "sparse-map";
  }

  #beginContent(): void {
    const entry = this.#entry as TarEntry;
    if (entry.extents !== undefined) {
      entry.extents = this.#extents;
      checkExtents(this.#extents, entry.sizeBytes, this.#stored);
    }
    this.#extent = 0;
    this.#extentDone = 0;
    this.#handler.entry(entry);
    this.#next = "content";
    if (this.#stored === 0) this.#endContent();
  }

  #takeContent(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && this.#stored > 0) {
      const { offset, length } = this.#extents[this.#extent] as Extent;
      const size = Math.min(bytes.length - at, length - this.#extentDone);
      if (size > 0) this.#handler.content(bytes.subarray(at, at + size), offset + this.#extentDone);
      at += size;
      this.#stored -= size;
      this.#extentDone += size;
      if (this.#extentDone === length) {
        this.#extent += 1;
        this.#extentDone = 0;
      }
    }
    if (this.#stored === 0) this.#endContent();
    return at;
  }

  #endContent(): void {
    this.#handler.entryEnd();
    this.#entry = undefined;
    this.#next = this.#padding > 0 ? "padding" : "header";
  }

  #takePadding(bytes: Buffer): number {
    const size = Math.min(bytes.length, this.#padding);
    this.#handler.raw?.(bytes.subarray(0, size));
    this.#padding -= size;
    if (this.#padding === 0) this.#next = "header";
    return size;
  }
}

function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

function entryOf(
  header: HeaderBlock,
  type: EntryType,
  longName: Buffer | undefined,
  longLink: Buffer | undefined,
): TarEntry {
  const name = longName ?? header.name;
  return {
    // V7 has no directory type: a slash at the end says it.
    type: header.typeFlag === "\0" && name.at(-1) === 0x2f ? "directory" : type,
    name,
    linkName: longLink ?? header.linkName,
    mode: header.mode,
    uid: header.uid,
    gid: header.gid,
    userName: header.userName,
    groupName: header.groupName,
    sizeBytes: 0,
    modified: { seconds: header.modifiedSeconds, nanoseconds: 0 },
    deviceMajor: header.deviceMajor,
    deviceMinor: header.deviceMinor,
    xattrs: new Map(),
    extents: undefined,
  };
}

/** Lets the extended header's records stand over the header's fields; answers the stored size. */
function applyPax(entry: TarEntry, headerSizeBytes: number, records: PaxRecords): number {
  let sizeBytes = headerSizeBytes;
  for (const [key, value] of records) {
    if (key.startsWith(xattrPrefix)) entry.xattrs.set(key.slice(xattrPrefix.length), value);
    // An empty value takes the record back (POSIX pax): the header's field stands.
    else if (value.length === 0) continue;
    else if (key === "path") entry.name = value;
    else if (key === "linkpath") entry.linkName = value;
    else if (key === "uid") entry.uid = paxInteger(key, value);
    else if (key === "gid") entry.gid = paxInteger(key, value);
    else if (key === "uname") entry.userName = value.toString();
    else if (key === "gname") entry.groupName = value.toString();
    else if (key === "mtime") entry.modified = paxTime(key, value);
    else if (key === "size") sizeBytes = paxInteger(key, value);
  }
  if (sizeBytes < 0) throw invalidHeader("negative size");
  return sizeBytes;
}
