import { type BigIntStats, lstatSync, readdirSync } from "node:fs";
import { errnoOf } from "../../base/errors.ts";
import { getXattr } from "../../linux/xattr.ts";

// What overlayfs makes of the entries of its upper directory (kernel documentation, overlayfs.rst). Names are bytes,
// one a character, as in the archives.

/** Names in a directory; empty where there is none any more. */
export function namesIn(place: string): string[] {
  try {
    return readdirSync(bytes(place), { encoding: "buffer" }).map((name) => name.toString("latin1"));
  } catch (error) {
    return gone(error) ?? [];
  }
}

export function statOf(place: string): BigIntStats | undefined {
  try {
    return lstatSync(bytes(place), { bigint: true });
  } catch (error) {
    return gone(error);
  }
}

/** The mark of something deleted. */
export function isWhiteout(stat: BigIntStats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0n;
}

/** Whether a directory hides all that lower ones have in its place. */
export function isOpaque(place: string): boolean {
  return getXattr(bytes(place), "trusted.overlay.opaque")?.toString() === "y";
}

export function capability(place: string): string | undefined {
  return getXattr(bytes(place), "security.capability")?.toString("latin1");
}

/** A running container may take away what was just seen. */
export function gone(error: unknown): undefined {
  const code = errnoOf(error);
  if (code !== "ENOENT" && code !== "ENOTDIR" && code !== "ELOOP") throw error;
  return undefined;
}

export function bytes(path: string): Buffer {
  return Buffer.from(path, "latin1");
}

export function latin1(path: string): string {
  return Buffer.from(path).toString("latin1");
}

/** As people and the API have it. */
export function shownPath(path: string): string {
  return `/${bytes(path).toString()}`;
}
