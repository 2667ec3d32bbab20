import { CommandError } from "./command.ts";
import { inGoWords } from "./go-words.ts";

/** A file that cannot be opened, in Go's words: `open PATH: no such file or directory`. */
export function openError(path: string, error: unknown): CommandError {
  return new CommandError(`open ${path}: ${inGoWords(error)}`);
}
