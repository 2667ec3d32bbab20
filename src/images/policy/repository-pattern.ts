/**
 * Whether a repository's full name (`docker.io/library/redis`) matches a pattern: `*` stands for anything within one
 * part of the name, `**` for any number of parts, everything else for itself.
 */
export function matchesRepository(pattern: string, name: string): boolean {
  const source = pattern
    .split(/(\*\*|\*)/)
    .map((part) =>
      part === "**" ? ".*" : part === "*" ? "[^/]*" : part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"),
    )
    .join("");
  return new RegExp(`^${source}$`).test(name);
}
