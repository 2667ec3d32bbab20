import { ignoreMatcher } from "../../../spec/ignore-pattern.ts";
import { textOf } from "./tree.ts";

/** Whether a path below a source stays out. */
export type Exclude = (path: string) => boolean;

/** `--exclude` patterns, in .dockerignore's syntax. */
export function excludeMatcher(patterns: readonly string[]): Exclude {
  const matcher = ignoreMatcher(patterns);
  return matcher.isEmpty ? () => false : (path) => matcher.excludes(textOf(path));
}
