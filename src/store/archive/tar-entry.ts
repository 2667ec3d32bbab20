import { EngineError } from "../../base/errors.ts";
import type { FileTime } from "../../linux/special-files.ts";

export type EntryType = "file" | "hardlink" | "symlink" | "char" | "block" | "directory" | "fifo";

/** A run of bytes of a sparse file; what lies between two of them is zeros that take no room. */
export interface Extent {
  offset: number;
  length: number;
}

/**
 * One member of a tar archive. Names, link targets and attribute values are raw bytes: Linux file names need not be
 * UTF-8, and `security.capability` is binary.
 */
export interface TarEntry {
  type: EntryType;
  /** As written: may be absolute, hold `..` or end with a slash. */
  name: Buffer;
  linkName: Buffer;
  /** Permission bits with setuid, setgid and sticky: 12 bits. */
  mode: number;
  uid: number;
  gid: number;
  userName: string;
  groupName: string;
  /** Bytes of content once extracted, holes included. 0 for all but files. */
  sizeBytes: number;
  modified: FileTime;
  deviceMajor: number;
  deviceMinor: number;
  xattrs: Map<string, Buffer>;
  /** Where the content of a sparse file lies; undefined for any other. */
  extents: Extent[] | undefined;
}

/** An entry with ordinary defaults for what `fields` leaves out. */
export function tarEntry(fields: Partial<Omit<TarEntry, "name">> & { name: string | Buffer }): TarEntry {
  return {
    type: "file",
    linkName: empty,
    mode: fields.type === "directory" ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    userName: "",
    groupName: "",
    sizeBytes: 0,
    modified: { seconds: 0, nanoseconds: 0 },
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: new Map(),
    extents: undefined,
    ...fields,
    name: Buffer.from(fields.name as Buffer),
  };
}

const empty = Buffer.alloc(0);

export const blockBytes = 512;

/** How many bytes of zeros follow `sizeBytes` of content up to the next block. */
export function paddingAfter(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

/** The words of Go's archive/tar, which users of Docker know. */
export function invalidHeader(detail: string): EngineError {
  return new EngineError("invalid", `archive/tar: invalid tar header: ${detail}`);
}

export function truncated(): EngineError {
  return new EngineError("invalid", "unexpected EOF");
}
