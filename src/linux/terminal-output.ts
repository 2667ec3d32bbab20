import { check, libc, ptr } from "./libc.ts";

// asm-generic/ioctls.h and asm-generic/termbits.h
const TCGETS = 0x5401n;
const TCSETS = 0x5402n;
const OPOST = 0x1;
/** struct termios of the kernel: four words of flags, a byte, 19 control characters. */
const termiosWords = 9;
const outputFlags = 1;

/** Lets bytes to a terminal pass as they are: no carriage return is put before a newline (termios(3), OPOST). */
export function passOutputAsIs(fd: number): void {
  const termios = new Uint32Array(termiosWords);
  check(libc.ioctl(fd, TCGETS, ptr(termios)), "ioctl", "TCGETS");
  termios[outputFlags] = (termios[outputFlags] ?? 0) & ~OPOST;
  check(libc.ioctl(fd, TCSETS, ptr(termios)), "ioctl", "TCSETS");
}
