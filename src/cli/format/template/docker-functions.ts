// The functions Docker adds to its templates, and their stand-ins for the header row of a table.
import { anyType, type GoValue, intType, stringSliceType, stringType } from "../go/type.ts";
import { encodeJson } from "../go/json-encode.ts";
import { elementsOf, goString, goStrings, stringOf } from "../go/value.ts";
import type { TemplateFunction } from "./function.ts";

function onString(change: (text: string) => string): TemplateFunction {
  return { params: [stringType], call: ([text]) => goString(change(stringOf(text as GoValue))) };
}

/** strings.Title: the first letter of every word. */
function title(text: string): string {
  return text.replace(/(?<![\p{L}\p{Nd}_])\p{L}/gu, (letter) => letter.toUpperCase());
}

function split(text: string, separator: string): string[] {
  return separator === "" ? Array.from(text) : text.split(separator);
}

/** The first `length` bytes. */
function truncate(text: string, length: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length < length) return text;
  if (length < 0) throw new Error(`runtime error: slice bounds out of range [:${length}]`);
  return bytes.subarray(0, length).toString("utf8");
}

function pad(text: string, before: number, after: number): string {
  if (text === "") return text;
  if (before < 0 || after < 0) throw new Error("strings: negative Repeat count");
  return " ".repeat(before) + text + " ".repeat(after);
}

export const dockerFunctions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["json", { params: [anyType], call: ([value]) => goString(encodeJson(value, false)) }],
  [
    "split",
    {
      params: [stringType, stringType],
      call: ([text, separator]) =>
        goStrings(split(stringOf(text as GoValue), stringOf(separator as GoValue))),
    },
  ],
  [
    "join",
    {
      params: [stringSliceType, stringType],
      call: ([items, separator]) =>
        goString(
          elementsOf(items as GoValue)
            .map(stringOf)
            .join(stringOf(separator as GoValue)),
        ),
    },
  ],
  ["title", onString(title)],
  ["lower", onString((text) => text.toLowerCase())],
  ["upper", onString((text) => text.toUpperCase())],
  [
    "pad",
    {
      params: [stringType, intType, intType],
      call: ([text, before, after]) =>
        goString(pad(stringOf(text as GoValue), Number(before?.data), Number(after?.data))),
    },
  ],
  [
    "truncate",
    {
      params: [stringType, intType],
      call: ([text, length]) => goString(truncate(stringOf(text as GoValue), Number(length?.data))),
    },
  ],
]);

const unchanged: TemplateFunction = { params: [stringType], call: ([text]) => text };
const unchangedWithText: TemplateFunction = { params: [stringType, stringType], call: ([text]) => text };

/** In the header row these leave the column's name alone. */
export const headerFunctions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["json", unchanged],
  ["split", unchangedWithText],
  ["join", unchangedWithText],
  ["title", unchanged],
  ["lower", unchanged],
  ["upper", unchanged],
  ["truncate", { params: [stringType, intType], call: ([text]) => text }],
]);
