import { readFileSync } from "node:fs";
import { check, cstring, libc } from "./libc.ts";

/** Flags of mount(2). */
export const MountFlag = {
  readOnly: 1,
  noSuid: 2,
  noDev: 4,
  noExec: 8,
  remount: 32,
  bind: 4096,
  move: 8192,
  recursive: 16384,
  private: 1 << 18,
  slave: 1 << 19,
  shared: 1 << 20,
} as const;

const detach = 2;

/** mount(2). Throws a KernelError. */
export function mount(source: string, target: string, type: string, flags = 0, data = ""): void {
  const buffers = [cstring(source), cstring(target), cstring(type), cstring(data)] as const;
  check(libc.mount(buffers[0], buffers[1], buffers[2], flags, buffers[3]), "mount", target);
}

/**
 * Unmounts `target`, lazily by default, so that a busy file in it cannot keep the mount point.
 * Answers false where nothing was mounted.
 */
export function unmount(target: string, options: { lazy?: boolean } = {}): boolean {
  const path = cstring(target);
  const result = libc.umount2(path, options.lazy === false ? 0 : detach);
  if (result === 0) return true;
  try {
    check(result, "umount", target);
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === "EINVAL" || code === "ENOENT") return false;
    throw error;
  }
  return true;
}

/** One line of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export interface MountInfo {
  id: number;
  parentId: number;
  root: string;
  target: string;
  options: string;
  propagation: string;
  type: string;
  source: string;
  superOptions: string;
}

/** The mounts this process sees. */
export function listMounts(): MountInfo[] {
  return parseMountInfo(readFileSync("/proc/self/mountinfo", "utf8"));
}

export function parseMountInfo(text: string): MountInfo[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [before = "", after = ""] = line.split(" - ", 2);
      const [id = "", parent = "", , root = "", target = "", options = "", ...optional] = before.split(" ");
      const [type = "", source = "", superOptions = ""] = after.split(" ");
      return {
        id: Number(id),
        parentId: Number(parent),
        root: unescape(root),
        target: unescape(target),
        options,
        propagation: optional.join(" "),
        type,
        source: unescape(source),
        superOptions,
      };
    });
}

/** The kernel writes blank, tab, newline and backslash as three octal digits. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
