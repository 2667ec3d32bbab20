import { DockerfileError } from "./dockerfile-error.ts";
import type { EscapeCharacter, ParserDirectives, SourceRange } from "./node.ts";

const known = new Set(["check", "escape", "syntax"]);
const pattern = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;

export interface FoundDirectives {
  directives: ParserDirectives;
  ranges: Record<string, SourceRange>;
}

/** `# name=value` lines on top: they end with the first line that is none of the known ones. Throws DockerfileError. */
export function readDirectives(lines: readonly string[]): FoundDirectives {
  const found: FoundDirectives = { directives: { escape: "\\" }, ranges: {} };
  for (const [index, line] of lines.entries()) {
    const match = pattern.exec(line.trimStart());
    const name = match?.[1]?.toLowerCase() ?? "";
    if (!known.has(name)) break;
    const range = { startLine: index + 1, endLine: index + 1 };
    if (name in found.ranges)
      throw new DockerfileError(`only one ${name} parser directive can be used`, [range]);
    found.ranges[name] = range;
    const value = match?.[2] ?? "";
    if (name === "escape") found.directives.escape = escapeCharacter(value, range);
    else found.directives[name as "check" | "syntax"] = value;
  }
  return found;
}

function escapeCharacter(value: string, range: SourceRange): EscapeCharacter {
  if (value === "\\" || value === "`") return value;
  throw new DockerfileError(`invalid escape token '${value}' does not match \` or \\`, [range]);
}
