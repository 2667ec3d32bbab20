import { EngineError } from "../base/errors.ts";

/**
 * Go's `path.Match`: `*` and `?` stop at slashes, `[a-z]`, `[^a]`, and a backslash takes the next character as it
 * is. Throws `invalid` with Go's words for a pattern that is none.
 */
export function pathMatch(pattern: string, name: string): boolean {
  return patternToRegExp(pattern).test(name);
}

function patternToRegExp(pattern: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; ) {
    const character = pattern[at] as string;
    if (character === "[") {
      const end = classEnd(pattern, at);
      source += classSource(pattern.slice(at + 1, end));
      at = end + 1;
      continue;
    }
    if (character === "*") source += "[^/]*";
    else if (character === "?") source += "[^/]";
    else if (character === "\\") source += escape(pattern[++at] ?? bad());
    else source += escape(character);
    at += 1;
  }
  return new RegExp(`^${source}$`, "u");
}

/** Where the class that begins at `start` closes; its first character may not be the bracket itself. */
function classEnd(pattern: string, start: number): number {
  let at = start + 1;
  if (pattern[at] === "^") at += 1;
  if (pattern[at] === "]") bad();
  for (; at < pattern.length; at += 1) {
    if (pattern[at] === "\\") at += 1;
    else if (pattern[at] === "]") return at;
  }
  return bad();
}

/** A bare dash stands only between two characters. */
function classSource(body: string): string {
  const negated = body.startsWith("^");
  const text = negated ? body.slice(1) : body;
  const ranges = [...text.matchAll(/(\\.|[^\\\]-])(?:-(\\.|[^\\\]-]))?/gsuy)];
  if (text === "" || ranges.map(([whole]) => whole).join("") !== text) bad();
  const source = ranges.map(([, low = "", high]) => {
    const start = escapeInClass(unescaped(low));
    if (high === undefined) return start;
    if (unescaped(high) < unescaped(low)) bad();
    return `${start}-${escapeInClass(unescaped(high))}`;
  });
  return `[${negated ? "^" : ""}${source.join("")}]`;
}

function unescaped(character: string): string {
  return character.startsWith("\\") ? character.slice(1) : character;
}

function escape(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Inside a class a dash has a meaning, too; outside it must not be escaped. */
function escapeInClass(character: string): string {
  return character === "-" ? "\\-" : escape(character);
}

function bad(): never {
  throw new EngineError("invalid", "syntax error in pattern");
}
