import { constants } from "node:fs";
import { EngineError } from "../../base/errors.ts";
import type { ContextLine } from "../../spec/api/build.ts";
import type { ContextEntry } from "./build-context.ts";
import { contextPath, ContextTree } from "./context-tree.ts";

/** Paths and targets are no longer than 4096 bytes each (PATH_MAX), a byte six letters of JSON at most. */
const longestLine = 64 * 1024;

/** Reads what `POST /build/contexts` is sent: a JSON list a line (ContextLine). Throws `invalid`. */
export async function readContextLines(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<ContextTree> {
  const tree = new ContextTree();
  for await (const line of lines(body)) {
    signal.throwIfAborted();
    tree.add(contextEntry(parse(line)));
  }
  return tree;
}

async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    if (rest.length > longestLine) throw new EngineError("invalid", "a line of a context is too long");
    for (const line of parts) if (line !== "") yield line;
  }
  if (rest !== "") yield rest;
}

function parse(line: string): ContextLine {
  try {
    return JSON.parse(line) as ContextLine;
  } catch (error) {
    throw malformed(line, error);
  }
}

const formats = {
  directory: constants.S_IFDIR,
  file: constants.S_IFREG,
  symlink: constants.S_IFLNK,
} as const;

/** The line that says what an entry is. */
export function contextLine(entry: ContextEntry): ContextLine {
  const { path, kind, mode, mtimeNs } = entry;
  const common = [path, formats[kind] | mode, mtimeNs.toString()] as const;
  if (kind === "file") return [...common, entry.sizeBytes, entry.sha256];
  return kind === "symlink" ? [...common, entry.target] : [...common];
}

/** The entry that a line tells of. Throws `invalid`. */
export function contextEntry(line: ContextLine): ContextEntry {
  if (!Array.isArray(line)) throw malformed(line);
  const [path, mode, mtime, last, sha256] = line as readonly unknown[];
  if (typeof path !== "string" || !isCount(mode) || typeof mtime !== "string" || !/^-?\d{1,20}$/.test(mtime))
    throw malformed(line);
  const common = { path: contextPath(path), mode: mode & 0o7777, mtimeNs: BigInt(mtime) };
  switch (mode & constants.S_IFMT) {
    case constants.S_IFDIR:
      return { kind: "directory", ...common };
    case constants.S_IFLNK:
      if (typeof last !== "string") throw malformed(line);
      return { kind: "symlink", ...common, target: last };
    case constants.S_IFREG:
      // The hash becomes a file's name: nothing else may get through here.
      if (!isCount(last) || typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256))
        throw malformed(line);
      return { kind: "file", ...common, sizeBytes: last, sha256 };
    default:
      throw new EngineError("invalid", `the context holds a special file: ${path}`);
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function malformed(line: unknown, cause?: unknown): EngineError {
  return new EngineError("invalid", `malformed line of a context: ${JSON.stringify(line)}`, cause);
}
