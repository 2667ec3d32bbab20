import { inGoWords } from "../go-words.ts";

/** A file error in Go's words: `open PATH: no such file or directory`. */
export function fileError(operation: string, path: string, error: unknown): Error {
  return new Error(`${operation} ${path}: ${inGoWords(error)}`, { cause: error });
}
