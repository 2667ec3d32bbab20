// The patterns of .dockerignore and of `--exclude`: Go's filepath.Match with `**`, and `!` to take back in.
import { posix } from "node:path";
import { EngineError } from "../base/errors.ts";

interface Pattern {
  /** `!pattern`: takes back in. */
  inverted: boolean;
  parts: readonly string[];
  whole: RegExp;
}

/** How a path fared, for the paths below it. */
export interface IgnoreState {
  excluded: boolean;
  /** By pattern: whether it matches the path or a directory above it. */
  matched: readonly boolean[];
}

/** Decides which paths of a tree are left out. Paths are relative, with `/`, and have no `.` or `..`. */
export interface IgnoreMatcher {
  readonly isEmpty: boolean;
  excludes(path: string): boolean;
  /** The same for a walk: `parent` is the answer for the directory above, undefined on top. */
  next(path: string, parent: IgnoreState | undefined): IgnoreState;
  /** Whether something below an excluded directory may be taken back in. */
  mayIncludeBelow(directory: string): boolean;
}

/** The patterns of an ignore file: without comments, empty lines, leading slashes. */
export function parseIgnoreFile(text: string): string[] {
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => (line.startsWith("!") ? `!${tidy(line.slice(1).trim())}` : tidy(line)));
}

function tidy(pattern: string): string {
  if (pattern === "") return "";
  const clean = cleanPath(pattern);
  return clean.length > 1 ? clean.replace(/^\//, "") : clean;
}

/** Throws `invalid` for a pattern that means nothing. */
export function ignoreMatcher(patterns: readonly string[]): IgnoreMatcher {
  const compiled = patterns
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map(compile);
  const next = (path: string, parent: IgnoreState | undefined): IgnoreState => {
    let excluded = false;
    const matched = compiled.map(({ whole, inverted }, index) => {
      const matches = parent?.matched[index] === true || whole.test(path);
      if (matches) excluded = !inverted;
      return matches;
    });
    return { excluded, matched };
  };
  return {
    isEmpty: compiled.length === 0,
    next,
    excludes: (path) =>
      prefixes(path).reduce<IgnoreState | undefined>((state, at) => next(at, state), undefined)?.excluded ??
      false,
    mayIncludeBelow: (directory) => {
      const parts = directory.split("/");
      return compiled.some((pattern) => pattern.inverted && reachesBelow(pattern.parts, parts));
    },
  };
}

/** `a/b/c` → `a`, `a/b`, `a/b/c`. */
function prefixes(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function compile(text: string): Pattern {
  const inverted = text.startsWith("!");
  const written = inverted ? text.slice(1) : text;
  if (written === "") throw new EngineError("invalid", 'illegal exclusion pattern: "!"');
  const pattern = cleanPath(written);
  try {
    return { inverted, parts: pattern.split("/"), whole: new RegExp(`^${regexSource(pattern)}$`, "s") };
  } catch (error) {
    throw new EngineError("invalid", `syntax error in pattern ${JSON.stringify(written)}`, error);
  }
}

/** As Go's filepath.Clean. */
function cleanPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, "") : normal;
}

/** Whether the pattern can match a path below the directory. */
function reachesBelow(pattern: readonly string[], directory: readonly string[]): boolean {
  for (const [index, name] of directory.entries()) {
    const part = pattern[index];
    if (part === undefined) return false;
    if (part.includes("**")) return true;
    if (!new RegExp(`^${regexSource(part)}$`, "s").test(name)) return false;
  }
  return pattern.length > directory.length;
}

function regexSource(pattern: string): string {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? "";
    if (character === "*") {
      if (pattern[at + 1] !== "*") {
        source += "[^/]*";
        continue;
      }
      // `**/` also stands for no directory at all.
      at += pattern[at + 2] === "/" ? 2 : 1;
      source += at + 1 >= pattern.length ? ".*" : "(?:.*/)?";
    } else if (character === "?") source += "[^/]";
    else if (character === "[") {
      const end = classEnd(pattern, at);
      source += pattern.slice(at, end + 1);
      at = end;
    } else if (character === "\\") source += quoted(pattern[++at] ?? "\\");
    else source += quoted(character);
  }
  return source;
}

/** Where `[…]` ends. */
function classEnd(pattern: string, start: number): number {
  let at = start + 1;
  if (pattern[at] === "^") at++;
  for (; at < pattern.length; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "]") return at;
  }
  throw new Error("missing ]");
}

function quoted(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
}
