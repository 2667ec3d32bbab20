/** Whether a path below a source stays out. */
export type Exclude = (path: string) => boolean;

/** `--exclude` patterns, in .dockerignore's syntax. */
export function excludeMatcher(_patterns: readonly string[]): Exclude {
  return () => false;
}
