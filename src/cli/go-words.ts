import { errnoOf, messageOf } from "../base/errors.ts";

const words: Record<string, string> = {
  EACCES: "permission denied",
  EEXIST: "file exists",
  EISDIR: "is a directory",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  ENOTDIR: "not a directory",
  EPERM: "operation not permitted",
  EROFS: "read-only file system",
};

/** Why a file could not be had, as Go says it (errno(3)); the error's own message where Go's is not known. */
export function inGoWords(error: unknown): string {
  return words[errnoOf(error) ?? ""] ?? messageOf(error);
}
