import { closeSync, existsSync, readSync } from "node:fs";
import { check, cstring, KernelError, libc, ptr } from "./libc.ts";
import { mount } from "./mount.ts";

/** What an overlay is made of, topmost lower directory first. */
export interface OverlayParts {
  lower: readonly string[];
  /** Absent for a read-only view. */
  upper?: string;
  work?: string;
  /**
   * Who brings the upper directory to the disk is somebody else: neither fsync nor unmounting wait for it (Linux 5.10, else without
   * effect). The work directory serves one such mount only.
   */
  volatile?: boolean;
}

// The mount API of Linux 5.2 (fsopen(2)); the numbers are the same on every architecture.
const SYS_MOVE_MOUNT = 429;
const SYS_FSOPEN = 430;
const SYS_FSCONFIG = 431;
const SYS_FSMOUNT = 432;
const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const AT_FDCWD = -100;

const argumentsTooLong = 7; // E2BIG
/** What mount(2) reads of its options; the rest it drops without a word. */
const optionBytes = 4096;

/**
 * Mounts an overlay at `target`. `base` is a directory that every part lies in. Mount options in one string end at a
 * page, some 30 layers of long paths: each lower directory goes in on its own (`lowerdir+`, Linux 6.8) or, on an
 * older kernel, by a path relative to `base`. Throws KernelError.
 */
export function mountOverlay(
  parts: OverlayParts,
  target: string,
  base: string,
  { singleLayers = true } = {},
): void {
  if (takesSingleLayers === false || !singleLayers) return mountByString(parts, target, base);
  try {
    mountByContext(parts, target);
    takesSingleLayers = true;
  } catch (error) {
    if (takesSingleLayers || !isUnknownOption(error)) throw error;
    mountByString(parts, target, base);
    takesSingleLayers = false;
  }
}

/** Whether this kernel knows `lowerdir+`; undefined until a mount has shown it. */
let takesSingleLayers: boolean | undefined;

/** Before Linux 6.5 overlay takes any option at first and finds fault with all of them together at the end. */
function isUnknownOption(error: unknown): boolean {
  return error instanceof LayerOptionUnknown || (error instanceof KernelError && error.code === "EINVAL");
}

class LayerOptionUnknown extends Error {}

/**
 * What the engine relies on when it reads an upper directory as a layer: no redirects, no metadata-only copies.
 * Asked for by name, because some distributions switch them on.
 */
function steadyOptions(): [string, string][] {
  return (["index", "redirect_dir", "metacopy"] as const)
    .filter((name) => existsSync(`/sys/module/overlay/parameters/${name}`))
    .map((name) => [name, "off"]);
}

function mountByContext(parts: OverlayParts, target: string): void {
  const type = cstring("overlay");
  const context = Number(libc.syscall(SYS_FSOPEN, addressOf(type), FSOPEN_CLOEXEC, 0, 0, 0, 0));
  if (context < 0) throw new LayerOptionUnknown();
  try {
    configure(context, "source", "overlay");
    for (const [index, directory] of parts.lower.entries()) {
      if (!configure(context, "lowerdir+", directory, index === 0)) throw new LayerOptionUnknown();
    }
    if (parts.upper !== undefined) configure(context, "upperdir", parts.upper);
    if (parts.work !== undefined) configure(context, "workdir", parts.work);
    for (const [name, value] of steadyOptions()) configure(context, name, value);
    if (parts.volatile === true) setFlag(context, "volatile");
    const created = libc.syscall(SYS_FSCONFIG, context, FSCONFIG_CMD_CREATE, 0, 0, 0, 0);
    checkContext(created, context, target);
    attach(context, target);
  } finally {
    closeSync(context);
  }
}

/** False where `probe` is set and the kernel does not know the option. */
function configure(context: number, key: string, value: string, probe = false): boolean {
  const [keyText, valueText] = [cstring(key), cstring(value)];
  const result = libc.syscall(
    SYS_FSCONFIG,
    context,
    FSCONFIG_SET_STRING,
    addressOf(keyText),
    addressOf(valueText),
    0,
    0,
  );
  if (probe && result < 0 && existsSync(value)) return false;
  checkContext(result, context, `${key}=${value}`);
  return true;
}

function setFlag(context: number, key: string): void {
  const keyText = cstring(key);
  checkContext(
    libc.syscall(SYS_FSCONFIG, context, FSCONFIG_SET_FLAG, addressOf(keyText), 0, 0, 0),
    context,
    key,
  );
}

function attach(context: number, target: string): void {
  const mounted = check(libc.syscall(SYS_FSMOUNT, context, FSMOUNT_CLOEXEC, 0, 0, 0, 0), "fsmount", target);
  try {
    const [nothing, path] = [cstring(""), cstring(target)];
    const moved = libc.syscall(
      SYS_MOVE_MOUNT,
      mounted,
      addressOf(nothing),
      AT_FDCWD,
      addressOf(path),
      MOVE_MOUNT_F_EMPTY_PATH,
      0,
    );
    check(moved, "move_mount", target);
  } finally {
    closeSync(mounted);
  }
}

/** The kernel says in words, on the context itself, what it did not like. */
function checkContext(result: number | bigint, context: number, subject: string): void {
  if (result >= 0) return;
  try {
    check(result, "fsconfig", subject);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    const words = contextMessage(context);
    if (words !== "") error.message += ` (${words})`;
    throw error;
  }
}

function contextMessage(context: number): string {
  const buffer = Buffer.alloc(512);
  try {
    return buffer.toString("utf8", 0, readSync(context, buffer)).trim();
  } catch {
    return "";
  }
}

function mountByString(parts: OverlayParts, target: string, base: string): void {
  const relative = (path: string) => escape(path.startsWith(`${base}/`) ? path.slice(base.length + 1) : path);
  const options = [["lowerdir", parts.lower.map(relative).join(":")]];
  if (parts.upper !== undefined) options.push(["upperdir", relative(parts.upper)]);
  if (parts.work !== undefined) options.push(["workdir", relative(parts.work)]);
  options.push(...steadyOptions());
  const text = options.map((pair) => pair.join("=")).join(",");
  if (Buffer.byteLength(text) >= optionBytes) {
    throw new KernelError("mount", argumentsTooLong, `${target} (${parts.lower.length} layers)`);
  }
  const before = process.cwd();
  process.chdir(base);
  try {
    if (parts.volatile !== true || !mountedVolatile(target, text))
      mount("overlay", target, "overlay", 0, text);
  } catch (error) {
    throw withMissingPart(error, parts);
  } finally {
    process.chdir(before);
  }
}

/** mount(2) does not say which of an overlay's directories it misses. */
function withMissingPart(error: unknown, parts: OverlayParts): unknown {
  const missing = [...parts.lower, parts.upper, parts.work].find(
    (part) => part !== undefined && !existsSync(part),
  );
  if (missing !== undefined && error instanceof KernelError) error.message += ` (${missing} is missing)`;
  return error;
}

/** Mounts it; false before Linux 5.10, where it is an unknown option like any other. */
function mountedVolatile(target: string, options: string): boolean {
  try {
    mount("overlay", target, "overlay", 0, `${options},volatile`);
    return true;
  } catch (error) {
    if (error instanceof KernelError && error.code === "EINVAL") return false;
    throw error;
  }
}

/** Kernel documentation, overlayfs.rst: colons part directories, commas part options. */
function escape(path: string): string {
  return path.replace(/[\\:,]/g, "\\$&");
}

function addressOf(buffer: Buffer): number {
  return Number(ptr(buffer));
}
