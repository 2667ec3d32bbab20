/** Go's `fs.FileMode`, as the API's path statistics carry it: kinds and special bits are not where Unix has them. */
export const GoMode = {
  directory: 2 ** 31,
  link: 2 ** 27,
  device: 2 ** 26,
  fifo: 2 ** 25,
  socket: 2 ** 24,
  setuid: 2 ** 23,
  setgid: 2 ** 22,
  charDevice: 2 ** 21,
  sticky: 2 ** 20,
} as const;

const kinds: Record<number, number> = {
  0o040000: GoMode.directory,
  0o120000: GoMode.link,
  0o060000: GoMode.device,
  0o020000: GoMode.device + GoMode.charDevice,
  0o010000: GoMode.fifo,
  0o140000: GoMode.socket,
};

/** `mode` as stat(2) has it. */
export function goMode(mode: number): number {
  const special =
    (mode & 0o4000 ? GoMode.setuid : 0) +
    (mode & 0o2000 ? GoMode.setgid : 0) +
    (mode & 0o1000 ? GoMode.sticky : 0);
  return (kinds[mode & 0o170000] ?? 0) + special + (mode & 0o777);
}

/** Whether a Go mode has the bit; bit 31 makes it too large for JavaScript's own operators. */
export function hasMode(mode: number, bit: number): boolean {
  return Math.floor(mode / bit) % 2 === 1;
}

/** The value of `X-Docker-Container-Path-Stat`, base64 of this as JSON. */
export interface PathStat {
  name: string;
  size: number;
  mode: number;
  mtime: string;
  /** Where a link finally leads, absolute; else empty. */
  linkTarget: string;
}
