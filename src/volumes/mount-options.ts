import { MountFlag } from "../linux/mount.ts";

/** The words of mount(8) that are flags of mount(2); a `no` in front of one that is marked so clears it. */
const setting: Record<string, number> = {
  ro: MountFlag.readOnly,
  nosuid: MountFlag.noSuid,
  nodev: MountFlag.noDev,
  noexec: MountFlag.noExec,
  sync: 16,
  remount: MountFlag.remount,
  mand: 64,
  dirsync: 128,
  noatime: 1024,
  nodiratime: 2048,
  bind: MountFlag.bind,
  rbind: MountFlag.bind | MountFlag.recursive,
  relatime: 1 << 21,
  strictatime: 1 << 24,
};
const clearing: Record<string, number> = {
  rw: MountFlag.readOnly,
  suid: MountFlag.noSuid,
  dev: MountFlag.noDev,
  exec: MountFlag.noExec,
  async: 16,
  nomand: 64,
  atime: 1024,
  diratime: 2048,
  norelatime: 1 << 21,
  nostrictatime: 1 << 24,
  defaults: 0,
};
const propagation: Record<string, number> = {
  private: MountFlag.private,
  rprivate: MountFlag.private | MountFlag.recursive,
  slave: MountFlag.slave,
  rslave: MountFlag.slave | MountFlag.recursive,
  shared: MountFlag.shared,
  rshared: MountFlag.shared | MountFlag.recursive,
};

export interface MountOptions {
  flags: number;
  /** Set by a call of its own. */
  propagation: number;
  /** What is left for the file system itself. */
  data: string;
}

/** `ro,size=1m,nosuid` as mount(2) takes it. */
export function parseMountOptions(text: string): MountOptions {
  const options: MountOptions = { flags: 0, propagation: 0, data: "" };
  const data: string[] = [];
  for (const word of text === "" ? [] : text.split(",")) {
    if (Object.hasOwn(setting, word)) options.flags |= setting[word] ?? 0;
    else if (Object.hasOwn(clearing, word)) options.flags &= ~(clearing[word] ?? 0);
    else if (Object.hasOwn(propagation, word)) options.propagation |= propagation[word] ?? 0;
    else data.push(word);
  }
  return { ...options, data: data.join(",") };
}
