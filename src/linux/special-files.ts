import { check, cstring, libc } from "./libc.ts";
import { type Path, pathBytes } from "./xattr.ts";

/** A moment as the kernel keeps it. */
export interface FileTime {
  /** Since the epoch; may be negative. */
  seconds: number;
  /** 0 to 999,999,999. */
  nanoseconds: number;
}

/** A time of `fs.Stats` and its like. */
export function fileTime(nanoseconds: bigint): FileTime {
  const seconds = nanoseconds / 1_000_000_000n - (nanoseconds % 1_000_000_000n < 0n ? 1n : 0n);
  return { seconds: Number(seconds), nanoseconds: Number(nanoseconds - seconds * 1_000_000_000n) };
}

export const FileKind = { fifo: 0o010000, char: 0o020000, block: 0o060000 } as const;

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;

/** mknod(2): a device or a fifo. `mode` holds the permission bits; the umask applies. */
export function makeNode(path: Path, kind: number, mode: number, major = 0, minor = 0): void {
  const name = pathBytes(path);
  check(libc.mknod(name, kind | mode, deviceNumber(major, minor)), "mknod", String(path));
}

/** makedev(3): glibc's 64-bit device number. */
export function deviceNumber(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return (
    ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn)
  );
}

/** The two halves of a `st_rdev` (major(3), minor(3)). */
export function deviceParts(device: bigint): { major: number; minor: number } {
  return {
    major: Number(((device >> 32n) & 0xfffff000n) | ((device >> 8n) & 0xfffn)),
    minor: Number(((device >> 12n) & 0xffffff00n) | (device & 0xffn)),
  };
}

const times = Buffer.alloc(32);

/** Sets the modification time of `path` itself to the nanosecond; the access time becomes the same. */
export function setFileTime(path: Path, time: FileTime): void {
  writeTimes(time);
  const name = pathBytes(path);
  check(libc.utimensat(AT_FDCWD, name, times, AT_SYMLINK_NOFOLLOW), "utimensat", String(path));
}

/** The same for an open file: no path walk. */
export function setOpenFileTime(descriptor: number, time: FileTime): void {
  writeTimes(time);
  check(libc.futimens(descriptor, times), "futimens");
}

/** Two `struct timespec`: access and modification. */
function writeTimes(time: FileTime): void {
  for (const offset of [0, 16]) {
    times.writeUInt32LE(time.seconds >>> 0, offset);
    times.writeInt32LE(Math.floor(time.seconds / 2 ** 32), offset + 4);
    times.writeUInt32LE(time.nanoseconds, offset + 8);
  }
}

const SYNC_FILE_RANGE_WRITE = 2;

/** Starts writing a file's bytes to disk without waiting, so that a later sync finds them there. */
export function startWriting(descriptor: number): void {
  libc.sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
}

/** Writes everything cached of the file system that holds `descriptor` to its disk (syncfs(2)). */
export function syncFileSystem(descriptor: number): void {
  check(libc.syncfs(descriptor), "syncfs");
}

/** Makes `directory` this process's root and working directory, for good. Only ever in a child. */
export function enterRoot(directory: string): void {
  const name = cstring(directory);
  check(libc.chroot(name), "chroot", directory);
  process.chdir("/");
}
