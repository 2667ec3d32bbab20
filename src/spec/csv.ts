import { EngineError } from "../base/errors.ts";

/**
 * The fields of the first line of comma-separated values (RFC 4180), as `--mount` and similar flags use it.
 * Throws `invalid` with the words of Go's encoding/csv.
 */
export function parseCsvRecord(text: string): string[] {
  const input = text.replace(/^\n+/, "");
  if (input === "") throw new EngineError("invalid", "EOF");
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const field = input.charAt(at) === '"' ? quotedField(input, at) : bareField(input, at);
    fields.push(field.value);
    if (input.charAt(field.end) !== ",") return fields;
    at = field.end + 1;
  }
}

function bareField(input: string, start: number): { value: string; end: number } {
  const value = /^[^,\n]*/.exec(input.slice(start))?.[0] ?? "";
  const quote = value.indexOf('"');
  if (quote >= 0) throw problem(input, start + quote, 'bare " in non-quoted field');
  return { value, end: start + value.length };
}

function quotedField(input: string, start: number): { value: string; end: number } {
  const raw = /^"((?:[^"]|"")*)"/.exec(input.slice(start));
  if (raw === null) throw problem(input, input.length, 'extraneous or missing " in quoted-field');
  const end = start + raw[0].length;
  if (!/^(?:,|\n|$)/.test(input.slice(end, end + 1))) {
    throw problem(input, end - 1, 'extraneous or missing " in quoted-field');
  }
  return { value: (raw[1] ?? "").replaceAll('""', '"'), end };
}

/** Go counts bytes from 1. */
function problem(input: string, at: number, what: string): EngineError {
  const before = input.slice(0, at);
  const line = before.split("\n").length;
  const column = Buffer.byteLength(before.slice(before.lastIndexOf("\n") + 1)) + 1;
  return new EngineError("invalid", `parse error on line ${line}, column ${column}: ${what}`);
}
