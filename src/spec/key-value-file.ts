import { EngineError } from "../base/errors.ts";

/**
 * The lines of an `--env-file` or `--label-file`: `NAME=VALUE`, taken as they are, without quotes; blank lines and
 * `#` comments skipped; the byte order mark and CR LF understood. A bare name takes its value from `lookup` and is
 * left out where that has none. Throws `invalid` naming `path`.
 */
export function parseKeyValueFile(
  content: Uint8Array,
  path: string,
  lookup: (name: string) => string | undefined = () => undefined,
): string[] {
  const found: string[] = [];
  for (const [index, bytes] of linesOf(content).entries()) {
    const entry = readLine(bytes, index + 1, path, lookup);
    if (entry !== undefined) found.push(entry);
  }
  return found;
}

/** `-e`: a bare name takes the value from `lookup`; without one it stays, and removes the image's variable. */
export function parseEnv(text: string, lookup: (name: string) => string | undefined): string {
  if (text === "" || text.startsWith("=")) throw invalid(`invalid environment variable: ${text}`);
  if (text.includes("=")) return text;
  const value = lookup(text);
  return value === undefined ? text : `${text}=${value}`;
}

/** The command's check of one `--label`; answers it as it was. */
export function checkLabel(text: string): string {
  const [name] = splitPair(text);
  if (name === "") throw invalid(`invalid label '${text}': empty name`);
  if (/\s/.test(name)) throw invalid(`label '${name}' contains whitespaces`);
  return text;
}

/** `a=b` → [`a`, `b`]; `a` → [`a`, ``]. */
export function splitPair(text: string): [name: string, value: string] {
  const equals = text.indexOf("=");
  return equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** Pairs as an object, the last of a name winning. */
export function pairsToMap(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map(splitPair));
}

function readLine(
  bytes: Uint8Array,
  number: number,
  path: string,
  lookup: (name: string) => string | undefined,
): string | undefined {
  const line = decode(bytes, number, path).trimStart();
  if (line === "" || line.startsWith("#")) return undefined;
  const [name] = splitPair(line);
  if (/\s/.test(name)) throw invalid(`invalid env file (${path}): variable '${name}' contains whitespaces`);
  if (name === "") throw invalid(`invalid env file (${path}): no variable name on line '${line}'`);
  if (line.includes("=")) return line;
  const value = lookup(name);
  return value === undefined ? undefined : `${name}=${value}`;
}

function decode(bytes: Uint8Array, number: number, path: string): string {
  try {
    // Only the first line can hold the mark that this leaves out.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: number > 1 }).decode(bytes);
  } catch (error) {
    const message = `invalid env file (${path}): invalid utf8 bytes at line ${number}: [${bytes.join(" ")}]`;
    throw new EngineError("invalid", message, error);
  }
}

function linesOf(content: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < content.length; ) {
    const newline = content.indexOf(10, start);
    const end = newline < 0 ? content.length : newline;
    lines.push(content.subarray(start, content[end - 1] === 13 && end > start ? end - 1 : end));
    start = end + 1;
  }
  return lines;
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
