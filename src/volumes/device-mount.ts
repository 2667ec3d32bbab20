import { lookup } from "node:dns/promises";
import { getSystemErrorMessage } from "node:util";
import { EngineError, messageOf } from "../base/errors.ts";
import { KernelError } from "../linux/libc.ts";
import { listMounts, mount, MountFlag, unmount } from "../linux/mount.ts";
import { parseMountOptions } from "./mount-options.ts";

/** What a volume's driver options (`type`, `device`, `o`) mount on its data directory. */
export interface Device {
  type: string;
  device: string;
  /** As mount(8) takes them. */
  options: string;
}

/** Undefined for a plain directory. */
export function deviceOf(options: Record<string, string> | null): Device | undefined {
  const { type = "", device = "", o = "" } = options ?? {};
  return device === "" ? undefined : { type, device, options: o };
}

/** Mounts `device` on `target`. Throws `internal` with dockerd's words. */
export async function mountDevice(device: Device, target: string): Promise<void> {
  const prefix = `error while mounting volume '${target}': `;
  let options: string;
  try {
    options = await withAddress(device);
  } catch (error) {
    const message = `${prefix}error resolving passed in network volume address: ${messageOf(error)}`;
    throw new EngineError("internal", message, error);
  }
  const parsed = parseMountOptions(options);
  const { flags, propagation, data } = parsed;
  try {
    mount(device.device, target, device.type, flags, data);
    // A bind takes no other flag at first: it needs a second call to become read-only.
    if (flags & MountFlag.bind && flags & ~(MountFlag.bind | MountFlag.recursive)) {
      mount(device.device, target, "", flags | MountFlag.remount);
    }
    if (propagation !== 0) mount("", target, "", propagation);
  } catch (error) {
    if (isMountPoint(target)) unmount(target);
    if (!(error instanceof KernelError)) throw error;
    const what = `mount ${device.device}:${target}${described(parsed)}: ${getSystemErrorMessage(-error.errno)}`;
    throw new EngineError("internal", `${prefix}failed to mount local volume: ${what}`, error);
  }
}

export function isMountPoint(path: string): boolean {
  return listMounts().some(({ target }) => target === path);
}

/** Undoes every mount at `directory` and below, the deepest first. Throws where one cannot be undone. */
export function unmountBelow(directory: string): void {
  const below = listMounts()
    .map(({ target }) => target)
    .filter((target) => target === directory || target.startsWith(`${directory}/`));
  for (const target of below.sort((a, b) => b.length - a.length)) unmount(target);
}

/** The kernel's network file systems want `addr=` as a number; people write names. */
async function withAddress({ type, options }: Device): Promise<string> {
  if (!/^(nfs|nfs4|cifs|smb3)$/.test(type)) return options;
  const words = options.split(",");
  const at = words.findIndex((word) => word.startsWith("addr="));
  if (at < 0) return options;
  const name = words[at]?.slice("addr=".length) ?? "";
  try {
    words[at] = `addr=${(await lookup(name)).address}`;
  } catch (error) {
    throw new Error(`lookup ${name}: no such host`, { cause: error });
  }
  return words.join(",");
}

function described({ flags, data }: { flags: number; data: string }): string {
  return (flags === 0 ? "" : `, flags: 0x${flags.toString(16)}`) + (data === "" ? "" : `, data: ${data}`);
}
