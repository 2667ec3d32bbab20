// JSON text to Go values, as encoding/json decodes into an `interface{}` with UseNumber: keys keep their order, numbers
// their digits.
import { anyType, boolType, type GoValue, numberType } from "./type.ts";
import { goAnyMap, goAnySlice, goString } from "./value.ts";

interface Cursor {
  text: string;
  at: number;
}

/** Throws SyntaxError where the text is not JSON. */
export function parseJson(text: string): GoValue {
  const cursor = { text, at: 0 };
  const value = parseValue(cursor);
  skipSpace(cursor);
  if (cursor.at < text.length) throw new SyntaxError(`unexpected text after JSON at ${cursor.at}`);
  return value;
}

/** Wraps a dynamic value in `interface {}`; undefined makes the nil interface. */
export function inInterface(value: GoValue | undefined): GoValue {
  return { type: anyType, data: value ?? null };
}

/** A value in an `interface {}`, which is what a decoded element or map entry is. */
function parseValue(cursor: Cursor): GoValue {
  skipSpace(cursor);
  switch (cursor.text[cursor.at]) {
    case "{":
      return inInterface(goAnyMap(parseObject(cursor)));
    case "[":
      return inInterface(goAnySlice(parseArray(cursor)));
    case '"':
      return inInterface(goString(parseString(cursor)));
    default:
      return parseWord(cursor);
  }
}

function parseWord(cursor: Cursor): GoValue {
  const match = /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/.exec(
    cursor.text.slice(cursor.at, cursor.at + 400),
  );
  if (match === null) throw new SyntaxError(`unexpected character in JSON at ${cursor.at}`);
  const word = match[0];
  cursor.at += word.length;
  if (word === "null") return inInterface(undefined);
  if (word === "true" || word === "false") return inInterface({ type: boolType, data: word === "true" });
  return inInterface({ type: numberType, data: word });
}

function parseObject(cursor: Cursor): Map<string, GoValue> {
  const entries = new Map<string, GoValue>();
  cursor.at += 1;
  for (skipSpace(cursor); cursor.text[cursor.at] !== "}"; ) {
    if (entries.size > 0) expect(cursor, ",");
    skipSpace(cursor);
    const key = parseString(cursor);
    skipSpace(cursor);
    expect(cursor, ":");
    entries.set(key, parseValue(cursor));
    skipSpace(cursor);
  }
  cursor.at += 1;
  return entries;
}

function parseArray(cursor: Cursor): GoValue[] {
  const items: GoValue[] = [];
  cursor.at += 1;
  for (skipSpace(cursor); cursor.text[cursor.at] !== "]"; ) {
    if (items.length > 0) expect(cursor, ",");
    items.push(parseValue(cursor));
    skipSpace(cursor);
  }
  cursor.at += 1;
  return items;
}

function parseString(cursor: Cursor): string {
  const end = endOfString(cursor.text, cursor.at);
  const literal = cursor.text.slice(cursor.at, end);
  cursor.at = end;
  return JSON.parse(literal) as string;
}

/** One past the closing quote of the string that begins at `start`. */
export function endOfString(text: string, start: number): number {
  if (text[start] !== '"') throw new SyntaxError(`expected a string in JSON at ${start}`);
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at + 1;
  }
  throw new SyntaxError("unterminated string in JSON");
}

function expect(cursor: Cursor, character: string): void {
  if (cursor.text[cursor.at] !== character)
    throw new SyntaxError(`expected ${character} in JSON at ${cursor.at}`);
  cursor.at += 1;
}

function skipSpace(cursor: Cursor): void {
  while (" \t\r\n".includes(cursor.text[cursor.at] ?? "x")) cursor.at += 1;
}
