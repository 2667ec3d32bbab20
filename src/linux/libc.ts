// The one place that binds libc. Plain synchronous calls only: no callbacks, errno read at once, every buffer kept in
// a variable until its call is over. A fault here ends the whole process, so callers check argument ranges.
import { constants } from "node:os";
import { dlopen, type Pointer, ptr, read } from "bun:ffi";

const i32 = "i32" as const;
const i64 = "i64" as const;
const u32 = "u32" as const;
const u64 = "u64" as const;
const pointer = "ptr" as const;

const library = dlopen("libc.so.6", {
  __errno_location: { args: [], returns: pointer },
  accept4: { args: [i32, pointer, pointer, i32], returns: i32 },
  bind: { args: [i32, pointer, u32], returns: i32 },
  capget: { args: [pointer, pointer], returns: i32 },
  capset: { args: [pointer, pointer], returns: i32 },
  chroot: { args: [pointer], returns: i32 },
  close: { args: [i32], returns: i32 },
  connect: { args: [i32, pointer, u32], returns: i32 },
  dup: { args: [i32], returns: i32 },
  fcntl: { args: [i32, i32, i64], returns: i32 },
  fgetxattr: { args: [i32, pointer, pointer, u64], returns: i64 },
  flock: { args: [i32, i32], returns: i32 },
  fsetxattr: { args: [i32, pointer, pointer, u64, i32], returns: i32 },
  futimens: { args: [i32, pointer], returns: i32 },
  getsockopt: { args: [i32, i32, i32, pointer, pointer], returns: i32 },
  inotify_add_watch: { args: [i32, pointer, u32], returns: i32 },
  inotify_init1: { args: [i32], returns: i32 },
  ioctl: { args: [i32, u64, pointer], returns: i32 },
  klogctl: { args: [i32, pointer, i32], returns: i32 },
  kill: { args: [i32, i32], returns: i32 },
  lgetxattr: { args: [pointer, pointer, pointer, u64], returns: i64 },
  listen: { args: [i32, i32], returns: i32 },
  llistxattr: { args: [pointer, pointer, u64], returns: i64 },
  lremovexattr: { args: [pointer, pointer], returns: i32 },
  lseek: { args: [i32, i64, i32], returns: i64 },
  lsetxattr: { args: [pointer, pointer, pointer, u64, i32], returns: i32 },
  madvise: { args: [u64, u64, i32], returns: i32 },
  mkdirat: { args: [i32, pointer, u32], returns: i32 },
  mkfifo: { args: [pointer, u32], returns: i32 },
  mknod: { args: [pointer, u32, u64], returns: i32 },
  mknodat: { args: [i32, pointer, u32, u64], returns: i32 },
  mount: { args: [pointer, pointer, pointer, u64, pointer], returns: i32 },
  open: { args: [pointer, i32, u32], returns: i32 },
  openat: { args: [i32, pointer, i32, u32], returns: i32 },
  pipe2: { args: [pointer, i32], returns: i32 },
  poll: { args: [pointer, u64, i32], returns: i32 },
  prctl: { args: [i32, u64, u64, u64, u64], returns: i32 },
  prlimit: { args: [i32, i32, pointer, pointer], returns: i32 },
  read: { args: [i32, pointer, u64], returns: i64 },
  recv: { args: [i32, pointer, u64, i32], returns: i64 },
  renameat: { args: [i32, pointer, i32, pointer], returns: i32 },
  send: { args: [i32, pointer, u64, i32], returns: i64 },
  setfsgid: { args: [u32], returns: i32 },
  setfsuid: { args: [u32], returns: i32 },
  setns: { args: [i32, i32], returns: i32 },
  setsockopt: { args: [i32, i32, i32, pointer, u32], returns: i32 },
  signal: { args: [i32, i64], returns: i64 },
  shutdown: { args: [i32, i32], returns: i32 },
  socket: { args: [i32, i32, i32], returns: i32 },
  socketpair: { args: [i32, i32, i32, pointer], returns: i32 },
  statfs: { args: [pointer, pointer], returns: i32 },
  sync_file_range: { args: [i32, i64, i64, u32], returns: i32 },
  syncfs: { args: [i32], returns: i32 },
  syscall: { args: [i64, i64, i64, i64, i64, i64, i64], returns: i64 },
  umask: { args: [u32], returns: u32 },
  umount2: { args: [pointer, i32], returns: i32 },
  unshare: { args: [i32], returns: i32 },
  utimensat: { args: [i32, pointer, pointer, i32], returns: i32 },
  write: { args: [i32, pointer, u64], returns: i64 },
});

/** libc's functions as they are; use `check` on their results. */
export const libc = library.symbols;

const errnoAddress = library.symbols.__errno_location() as Pointer;
const errnoNames = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** The calling thread's errno; meaningful only right after a failed call. */
export function errno(): number {
  return read.i32(errnoAddress, 0);
}

/** A failed system call: `code` is the errno name, as in Node's own errors. */
export class KernelError extends Error {
  readonly errno: number;
  readonly code: string;
  readonly syscall: string;
  readonly subject: string | undefined;

  constructor(syscall: string, errno: number, subject?: string) {
    const code = errnoNames.get(errno) ?? `errno ${errno}`;
    super(`${syscall}${subject === undefined ? "" : ` ${subject}`}: ${code}`);
    this.name = "KernelError";
    this.errno = errno;
    this.code = code;
    this.syscall = syscall;
    this.subject = subject;
  }
}

/** Returns `result`, or throws the KernelError of a call that answered a negative number. */
export function check(result: number | bigint, syscall: string, subject?: string): number {
  if (result < 0) throw new KernelError(syscall, errno(), subject);
  return Number(result);
}

/** A NUL-terminated copy of `text`, to be kept in a variable while the kernel reads it. */
export function cstring(text: string): Buffer {
  if (text.includes("\0")) throw new RangeError("a path or name holds a NUL byte");
  return Buffer.from(`${text}\0`);
}

export { ptr };
