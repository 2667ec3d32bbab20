import { EngineError } from "../../base/errors.ts";

/**
 * A path inside the root being unpacked, relative and clean: no `.`, `..`, empty or trailing part; "" is the root.
 * Each character is one byte (latin1), so that names need not be UTF-8 and still work as keys.
 */
export type BytePath = string;

/** The name as Go's `filepath.Clean` reads it. One that leaves the root is refused in dockerd's words. */
export function entryPath(name: Buffer): BytePath {
  const path = cleanPath(name.toString("latin1"));
  if (path === undefined)
    throw new EngineError("invalid", `invalid entry name ${JSON.stringify(name.toString())}`);
  return path;
}

/** A hardlink names another entry of the same archive. */
export function hardlinkPath(name: Buffer, linkName: Buffer): BytePath {
  const path = cleanPath(linkName.toString("latin1"));
  if (path === undefined || path === "")
    throw new EngineError(
      "invalid",
      `invalid hardlink ${JSON.stringify(name.toString())} -> ${JSON.stringify(linkName.toString())}`,
    );
  return path;
}

/** Undefined where the path leads out of the root. An absolute one cannot: the root is its own parent. */
export function cleanPath(path: BytePath): BytePath | undefined {
  if (!/(?:^|\/)\.{0,2}(?:\/|$)/.test(path)) return path;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined && !path.startsWith("/")) return undefined;
  }
  return parts.join("/");
}

export function parentOf(path: BytePath): BytePath {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

export function baseOf(path: BytePath): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function joinPath(directory: BytePath, name: BytePath): BytePath {
  return directory === "" ? name : `${directory}/${name}`;
}

/** What file calls take: the working directory is the root. Plain text is the faster form of the two. */
export function systemPath(path: BytePath): string | Buffer {
  if (path === "") return ".";
  return /^[\0-\x7f]*$/.test(path) ? path : Buffer.from(path, "latin1");
}
