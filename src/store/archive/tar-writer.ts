import { checksum } from "./header-block.ts";
import { encodePaxRecords, formatPaxTime, type PaxRecords, xattrPrefix } from "./pax.ts";
import { blockBytes, type EntryType, paddingAfter, type TarEntry } from "./tar-entry.ts";

// Writes ustar, with a pax header before an entry that ustar cannot hold. The same entry always gives the same bytes:
// nothing of this process (its id, its clock) goes in.

const typeFlags: Record<EntryType, string> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  char: "3",
  block: "4",
  directory: "5",
  fifo: "6",
};

const largestOctal7 = 0o7777777;
const largestOctal11 = 0o77777777777;

/** The header blocks of `entry`; `entry.sizeBytes` of content and `tarPadding` of it follow. */
export function encodeTarHeader(entry: TarEntry): Buffer {
  const { name, prefix } = splitName(entry.name);
  const records = paxRecordsOf(entry, name === undefined);
  const header = headerBlock(entry, name ?? entry.name.subarray(0, 100), prefix);
  if (records.length === 0) return header;
  const body = encodePaxRecords(records);
  return Buffer.concat([paxHeaderBlock(entry, body.length), body, zeros(paddingAfter(body.length)), header]);
}

/** The zeros that follow an entry's content. */
export function tarPadding(sizeBytes: number): Buffer {
  return zeros(paddingAfter(sizeBytes));
}

/** The two empty blocks that close an archive. */
export function tarEnd(): Buffer {
  return zeros(2 * blockBytes);
}

function zeros(length: number): Buffer {
  return Buffer.alloc(length);
}

/** A name of up to 100 bytes, or of up to 255 where a slash parts it; undefined where ustar cannot hold it. */
function splitName(name: Buffer): { name: Buffer | undefined; prefix: Buffer } {
  if (name.some((byte) => byte >= 0x80)) return { name: undefined, prefix: zeros(0) };
  if (name.length <= 100) return { name, prefix: zeros(0) };
  const slash = name.lastIndexOf(0x2f, 155);
  const rest = name.length - slash - 1;
  if (slash <= 0 || rest > 100 || rest === 0) return { name: undefined, prefix: zeros(0) };
  return { name: name.subarray(slash + 1), prefix: name.subarray(0, slash) };
}

function paxRecordsOf(entry: TarEntry, longName: boolean): PaxRecords {
  const records: PaxRecords = [];
  const add = (key: string, value: string | number | Buffer) =>
    records.push([key, typeof value === "object" ? value : Buffer.from(String(value))]);
  if (longName) add("path", entry.name);
  if (entry.linkName.length > 100 || entry.linkName.some((byte) => byte >= 0x80))
    add("linkpath", entry.linkName);
  if (entry.sizeBytes > largestOctal11) add("size", entry.sizeBytes);
  if (entry.uid > largestOctal7) add("uid", entry.uid);
  if (entry.gid > largestOctal7) add("gid", entry.gid);
  if (!fitsText(entry.userName)) add("uname", entry.userName);
  if (!fitsText(entry.groupName)) add("gname", entry.groupName);
  const { seconds, nanoseconds } = entry.modified;
  if (nanoseconds !== 0 || seconds < 0 || seconds > largestOctal11)
    add("mtime", formatPaxTime(entry.modified));
  for (const name of [...entry.xattrs.keys()].sort())
    add(xattrPrefix + name, entry.xattrs.get(name) as Buffer);
  return records;
}

function fitsText(text: string): boolean {
  return text.length < 32 && /^[\0-\x7f]*$/.test(text);
}

function headerBlock(entry: TarEntry, name: Buffer, prefix: Buffer): Buffer {
  const block = zeros(blockBytes);
  name.copy(block, 0);
  octal(block, 100, 8, entry.mode);
  octal(block, 108, 8, Math.min(entry.uid, largestOctal7));
  octal(block, 116, 8, Math.min(entry.gid, largestOctal7));
  octal(block, 124, 12, Math.min(entry.sizeBytes, largestOctal11));
  octal(block, 136, 12, Math.min(Math.max(entry.modified.seconds, 0), largestOctal11));
  block.write(typeFlags[entry.type], 156, "latin1");
  entry.linkName.copy(block, 157, 0, 100);
  if (fitsText(entry.userName)) block.write(entry.userName, 265, "latin1");
  if (fitsText(entry.groupName)) block.write(entry.groupName, 297, "latin1");
  octal(block, 329, 8, entry.deviceMajor);
  octal(block, 337, 8, entry.deviceMinor);
  prefix.copy(block, 345);
  return seal(block);
}

/** The header of a pax header: readers that do not know it extract it as a file of this name. */
function paxHeaderBlock(entry: TarEntry, bodyBytes: number): Buffer {
  const block = zeros(blockBytes);
  const base = entry.name.toString("latin1").replace(/\/+$/, "").split("/").at(-1) ?? "";
  block.write(`PaxHeaders.0/${base.replace(/[^\x20-\x7e]/g, "_")}`.slice(0, 100), 0, "latin1");
  octal(block, 100, 8, 0o644);
  octal(block, 108, 8, 0);
  octal(block, 116, 8, 0);
  octal(block, 124, 12, bodyBytes);
  octal(block, 136, 12, 0);
  block.write("x", 156, "latin1");
  return seal(block);
}

function octal(block: Buffer, offset: number, length: number, value: number): void {
  block.write(value.toString(8).padStart(length - 1, "0"), offset, "latin1");
}

/** Magic, version and checksum. */
function seal(block: Buffer): Buffer {
  block.write("ustar\x0000", 257, "latin1");
  block.fill(0x20, 148, 156);
  block.write(`${checksum(block).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}
