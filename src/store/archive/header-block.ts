import { invalidHeader, blockBytes, type EntryType } from "./tar-entry.ts";

// POSIX.1-1988 ustar header, with the numeric extension and magic of GNU tar (tar(5), GNU tar manual, "Basic Tar Format").

/** One 512-byte header as it stands, before any extended header is applied. */
export interface HeaderBlock {
  name: Buffer;
  mode: number;
  uid: number;
  gid: number;
  sizeBytes: number;
  modifiedSeconds: number;
  typeFlag: string;
  linkName: Buffer;
  /** The GNU magic: sparse maps may stand where ustar keeps the name's prefix. */
  gnu: boolean;
  userName: string;
  groupName: string;
  deviceMajor: number;
  deviceMinor: number;
}

const typeFlags: Record<string, EntryType> = {
  "\0": "file",
  "0": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "char",
  "4": "block",
  "5": "directory",
  "6": "fifo",
  "7": "file",
  S: "file",
};

export function entryTypeOf(typeFlag: string): EntryType | undefined {
  return typeFlags[typeFlag];
}

export function isZeroBlock(block: Buffer): boolean {
  return block[0] === 0 && block.equals(zeroBlock);
}

const zeroBlock = Buffer.alloc(blockBytes);

/** Reads a header. `block` is 512 bytes and may be reused by the caller afterwards. Throws `invalid`. */
export function parseHeaderBlock(block: Buffer): HeaderBlock {
  if (!checksumMatches(block)) throw invalidHeader("wrong checksum");
  const magic = block.toString("latin1", 257, 265);
  const ustar = magic.startsWith("ustar\0");
  const gnu = magic === "ustar  \0";
  const prefix = ustar ? text(block, 345, 155) : noBytes;
  const name = text(block, 0, 100);
  const header: HeaderBlock = {
    name: prefix.length > 0 ? Buffer.concat([prefix, slash, name]) : name,
    mode: number(block, 100, 8) & 0o7777,
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    sizeBytes: number(block, 124, 12),
    modifiedSeconds: number(block, 136, 12),
    typeFlag: String.fromCharCode(block[156] ?? 0),
    linkName: text(block, 157, 100),
    gnu,
    userName: ustar || gnu ? text(block, 265, 32).toString() : "",
    groupName: ustar || gnu ? text(block, 297, 32).toString() : "",
    deviceMajor: ustar || gnu ? number(block, 329, 8) : 0,
    deviceMinor: ustar || gnu ? number(block, 337, 8) : 0,
  };
  if (header.sizeBytes < 0) throw invalidHeader("negative size");
  return header;
}

const noBytes = Buffer.alloc(0);
const slash = Buffer.from("/");

/** Historic tars added the bytes as signed numbers; both sums are met in the field. */
function checksumMatches(block: Buffer): boolean {
  const expected = number(block, 148, 8);
  const sum = checksum(block);
  if (expected === sum) return true;
  let high = 0;
  for (const [index, byte] of block.entries()) if (byte >= 0x80 && (index < 148 || index >= 156)) high += 1;
  return expected === sum - 256 * high;
}

/** The sum of all bytes, the checksum field itself counting as blanks. */
export function checksum(block: Buffer): number {
  let [even, odd] = [0, 0];
  // Two bytes of a word at a time; 128 times 255 fits the 16 bits that each has.
  for (let at = 0; at < blockBytes; at += 4) {
    const word = block.readUInt32LE(at);
    even += word & 0xff00ff;
    odd += (word >>> 8) & 0xff00ff;
  }
  let sum = (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16);
  for (let at = 148; at < 156; at++) sum += 0x20 - (block[at] as number);
  return sum;
}

/** A field's bytes up to its first NUL, as a copy. */
function text(block: Buffer, offset: number, length: number): Buffer {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return Buffer.from(end < 0 ? field : field.subarray(0, end));
}

/** Octal digits between blanks or NULs, or GNU base-256 where the first bit is set. An empty field is 0. */
export function number(block: Buffer, offset: number, length: number): number {
  if (((block[offset] as number) & 0x80) !== 0) return base256(block.subarray(offset, offset + length));
  const end = offset + length;
  let at = offset;
  while (at < end && isFiller(block[at] as number)) at += 1;
  let value = 0;
  for (; at < end && !isFiller(block[at] as number); at += 1) {
    const digit = (block[at] as number) - 0x30;
    if (digit < 0 || digit > 7) throw invalidHeader("a number is not octal");
    value = value * 8 + digit;
  }
  return value;
}

function isFiller(byte: number): boolean {
  return byte === 0 || byte === 0x20;
}

/** Two's complement, most significant byte first, without the marker bit. */
function base256(field: Buffer): number {
  const negative = ((field[0] as number) & 0x40) !== 0;
  let value = negative ? -1n : 0n;
  field.forEach((byte, index) => {
    const bits = index === 0 ? (byte & 0x3f) | (negative ? 0xc0 : 0) : byte;
    value = (value << 8n) | BigInt(bits);
  });
  const result = Number(value);
  if (!Number.isSafeInteger(result)) throw invalidHeader("a number is out of range");
  return result;
}
