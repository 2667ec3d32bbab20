import { errnoOf, messageOf } from "../base/errors.ts";
import { CommandError } from "./command.ts";

const reasons: Record<string, string> = {
  EACCES: "permission denied",
  EEXIST: "file exists",
  EISDIR: "is a directory",
  ENOENT: "no such file or directory",
  ENOTDIR: "not a directory",
  EPERM: "operation not permitted",
};

/** A file that cannot be opened, in Go's words: `open PATH: no such file or directory`. */
export function openError(path: string, error: unknown): CommandError {
  const reason = reasons[errnoOf(error) ?? ""] ?? messageOf(error);
  return new CommandError(`open ${path}: ${reason}`);
}
