import { errnoOf, messageOf } from "../../base/errors.ts";

const messages: Record<string, string> = {
  EACCES: "permission denied",
  EEXIST: "file exists",
  EISDIR: "is a directory",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  ENOTDIR: "not a directory",
  EROFS: "read-only file system",
};

/** A file error in Go's words: `open PATH: no such file or directory`. */
export function fileError(operation: string, path: string, error: unknown): Error {
  const reason = messages[errnoOf(error) ?? ""] ?? messageOf(error);
  return new Error(`${operation} ${path}: ${reason}`, { cause: error });
}
