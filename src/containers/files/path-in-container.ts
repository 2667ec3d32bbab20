import { type BigIntStats, lstatSync, readlinkSync } from "node:fs";
import { posix } from "node:path";
import { errnoOf } from "../../base/errors.ts";
import { goTime } from "../../images/created-at.ts";
import { goMode, type PathStat } from "../../spec/file-mode.ts";

// For the child that has made the container's root its own: the kernel resolves links, and none leads out.

/** As many links as the kernel follows (path_resolution(7)). */
const mostLinks = 255;

/** The path as the container's root sees it: clean and absolute, with the slash or `/.` at its end that says "a directory". */
export function pathInContainer(path: string): string {
  const clean = posix.resolve("/", posix.normalize(`/${path}`));
  const end = /(?:^|\/)\.$/.test(path) ? "/." : path.endsWith("/") ? "/" : "";
  return clean === "/" && end !== "" ? `/${end.slice(1)}` : clean + end;
}

/** Go's filepath.Base: of `/` it is `/`, of `/a/.` it is `.`. */
export function baseName(path: string): string {
  return path.replace(/\/+$/, "").split("/").at(-1) || "/";
}

/** What the API tells of a path. Throws the error of lstat(2). */
export function statPath(path: string): PathStat {
  const found = lstatSync(path, { bigint: true });
  return {
    name: baseName(path),
    size: Number(found.size),
    mode: goMode(Number(found.mode)),
    mtime: timeOf(found),
    linkTarget: found.isSymbolicLink() ? followLinks(path) : "",
  };
}

/** Where a path finally leads; parts that do not exist stay as they are. */
export function followLinks(path: string): string {
  let [done, links] = ["/", 0];
  const left = path.split("/");
  for (let part = left.shift(); part !== undefined; part = left.shift()) {
    if (part === "" || part === ".") continue;
    const next = posix.join(done, part);
    const target = part === ".." ? undefined : linkTarget(next);
    if (target === undefined) {
      done = next;
      continue;
    }
    links += 1;
    if (links > mostLinks) throw Object.assign(new Error(`${path}: too many links`), { code: "ELOOP" });
    if (target.startsWith("/")) done = "/";
    left.unshift(...target.split("/"));
  }
  return done;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    const code = errnoOf(error);
    if (code === "EINVAL" || code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

function timeOf({ mtimeNs }: BigIntStats): string {
  const second = 1_000_000_000n;
  const fraction = ((mtimeNs % second) + second) % second;
  const seconds = Number((mtimeNs - fraction) / second);
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  return goTime(`${whole}.${String(fraction).padStart(9, "0")}Z`);
}
