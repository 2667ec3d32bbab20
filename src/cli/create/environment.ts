import { parseKeyValueFile, splitPair } from "../../spec/key-value-file.ts";
import { files } from "../files.ts";
import { fileError } from "./file-error.ts";

/** `name=value` lines: later ones of the same name win, in the place of the first. */
export function lastOfEach(variables: readonly string[]): string[] {
  const byName = new Map(variables.map((variable) => [splitPair(variable)[0], variable]));
  return [...byName.values()];
}

/** The lines of an `--env-file` or `--label-file`. Throws in docker's words. */
export function readPairFile(path: string, lookup?: (name: string) => string | undefined): string[] {
  return parseKeyValueFile(readNamedFile(path), path, lookup);
}

function readNamedFile(path: string): Uint8Array {
  try {
    return files().readFileSync(path);
  } catch (error) {
    throw fileError("open", path, error);
  }
}
