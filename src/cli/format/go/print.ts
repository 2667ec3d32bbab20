// fmt.Sprint, fmt.Sprintln and fmt.Sprintf over Go values.
import { formatFloat } from "./float.ts";
import { quote } from "./quote.ts";
import type { Arg, GoType, GoValue } from "./type.ts";
import { elementsOf, sortedEntries, stringOf } from "./value.ts";

/** The flags, width and precision of one `%` directive. */
export interface Directive {
  minus: boolean;
  plus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  width?: number;
  precision?: number;
}

export const noFlags: Directive = { minus: false, plus: false, sharp: false, space: false, zero: false };

/** Spaces stand between operands of which neither is a string. */
export function sprint(args: readonly Arg[]): string {
  let out = "";
  let previousIsString = true;
  args.forEach((arg, index) => {
    const isString = arg?.type.kind === "string";
    if (index > 0 && !isString && !previousIsString) out += " ";
    out += formatArg(arg, "v", noFlags);
    previousIsString = isString;
  });
  return out;
}

export function sprintln(args: readonly Arg[]): string {
  return `${args.map((arg) => formatArg(arg, "v", noFlags)).join(" ")}\n`;
}

export function formatArg(arg: Arg, verb: string, directive: Directive): string {
  if (verb === "T") return pad(arg === undefined ? "<nil>" : dynamic(arg).type.name, directive);
  if (arg === undefined) return verb === "v" ? pad("<nil>", directive) : `%!${verb}(<nil>)`;
  return formatValue(arg, verb, directive, 0);
}

function dynamic(value: GoValue): GoValue {
  return value.type.kind === "interface" && value.data !== null ? dynamic(value.data as GoValue) : value;
}

function formatValue(value: GoValue, verb: string, directive: Directive, depth: number): string {
  const text = stringer(value);
  if (text !== undefined && "vsxXq".includes(verb) && !(verb === "v" && directive.sharp))
    return formatString(text, verb, directive) ?? badVerb(value, verb);
  switch (value.type.kind) {
    case "bool":
      return verb === "t" || verb === "v" ? pad(String(value.data), directive) : badVerb(value, verb);
    case "int":
    case "uint":
      return formatInteger(BigInt(value.data as number | bigint), verb, directive) ?? badVerb(value, verb);
    case "float":
      return formatFloatVerb(value.data as number, verb, directive) ?? badVerb(value, verb);
    case "string":
      return formatString(stringOf(value), verb, directive) ?? badVerb(value, verb);
    default:
      return formatComposite(value, verb, directive, depth);
  }
}

function stringer(value: GoValue): string | undefined {
  if (value.type.stringer !== undefined) return value.type.stringer(value);
  const pointee = value.type.kind === "pointer" ? (value.data as GoValue | null) : null;
  return pointee?.type.stringer?.(pointee);
}

function formatComposite(value: GoValue, verb: string, directive: Directive, depth: number): string {
  const inner = (item: GoValue): string => formatValue(item, verb, directive, depth + 1);
  switch (value.type.kind) {
    case "slice":
    case "array":
      return `[${elementsOf(value).map(inner).join(" ")}]`;
    case "map": {
      const key = (name: string): string => inner({ type: value.type.key as GoType, data: name });
      return `map[${sortedEntries(value)
        .map(([name, item]) => `${key(name)}:${inner(item)}`)
        .join(" ")}]`;
    }
    case "struct": {
      const named = directive.plus ? (name: string): string => `${name}:` : (): string => "";
      const fields = [...(value.data as Map<string, GoValue>)];
      return `{${fields.map(([name, item]) => named(name) + inner(item)).join(" ")}}`;
    }
    case "interface":
      return value.data === null
        ? pad("<nil>", directive)
        : formatValue(value.data as GoValue, verb, directive, depth + 1);
    default:
      return formatPointer(value, verb, directive, depth);
  }
}

function formatPointer(value: GoValue, verb: string, directive: Directive, depth: number): string {
  const pointee = value.data as GoValue | null;
  if (pointee === null) return verb === "v" ? pad("<nil>", directive) : `%!${verb}(${value.type.name}=<nil>)`;
  const composite = ["slice", "array", "struct", "map"].includes(pointee.type.kind);
  if (depth === 0 && composite) return `&${formatValue(pointee, verb, directive, depth + 1)}`;
  // An address: Go prints its own, which no two runs share.
  return pad("0xc000010000", directive);
}

function badVerb(value: GoValue, verb: string): string {
  return `%!${verb}(${value.type.name}=${formatValue(value, "v", noFlags, 0)})`;
}

function formatString(text: string, verb: string, directive: Directive): string | undefined {
  const cut =
    directive.precision === undefined ? text : Array.from(text).slice(0, directive.precision).join("");
  switch (verb) {
    case "v":
      return padText(directive.sharp ? quote(text) : cut, directive);
    case "s":
      return padText(cut, directive);
    case "q":
      return padText(
        directive.sharp && !text.includes("`") ? `\`${cut}\`` : quote(cut, '"', directive.plus),
        directive,
      );
    case "x":
    case "X": {
      const bytes = Buffer.from(text).subarray(0, directive.precision);
      const parts = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
      const prefix = directive.sharp ? "0x" : "";
      const hex = directive.space ? parts.map((part) => prefix + part).join(" ") : prefix + parts.join("");
      return padText(verb === "X" ? hex.toUpperCase() : hex, directive);
    }
    default:
      return undefined;
  }
}

/** Go pads strings with zeros too, where it is asked to. */
function padText(text: string, directive: Directive): string {
  const missing = (directive.width ?? 0) - Array.from(text).length;
  return directive.zero && !directive.minus ? "0".repeat(Math.max(missing, 0)) + text : pad(text, directive);
}

const bases: Record<string, [number, string]> = {
  v: [10, ""],
  d: [10, ""],
  b: [2, "0b"],
  o: [8, "0"],
  O: [8, ""],
  x: [16, "0x"],
  X: [16, "0X"],
};

function formatInteger(value: bigint, verb: string, directive: Directive): string | undefined {
  if (verb === "c") return pad(runeText(value), directive);
  if (verb === "q") return pad(quote(runeText(value), "'", directive.plus), directive);
  if (verb === "U") return pad(`U+${value.toString(16).toUpperCase().padStart(4, "0")}`, directive);
  const base = bases[verb];
  if (base === undefined) return undefined;
  let digits = (value < 0n ? -value : value).toString(base[0]);
  if (verb === "X") digits = digits.toUpperCase();
  if (directive.precision !== undefined) {
    if (directive.precision === 0 && value === 0n) return pad("", directive);
    digits = digits.padStart(directive.precision, "0");
  }
  const prefix = verb === "O" ? "0o" : directive.sharp ? base[1] : "";
  return padNumber(signOf(value < 0n, directive) + prefix, digits, directive);
}

function runeText(value: bigint): string {
  return value >= 0n && value <= 0x10ffffn ? String.fromCodePoint(Number(value)) : "\ufffd";
}

function formatFloatVerb(value: number, verb: string, directive: Directive): string | undefined {
  if (!"vgGeEfF".includes(verb)) return undefined;
  const shape = verb === "v" ? "g" : verb;
  const precision = directive.precision ?? (shape.toLowerCase() === "g" ? -1 : 6);
  const text = formatFloat(value, shape, precision);
  const sign = signOf(text.startsWith("-"), directive);
  return padNumber(sign, text.replace(/^[+-]/, ""), directive);
}

function signOf(negative: boolean, directive: Directive): string {
  if (negative) return "-";
  return directive.plus ? "+" : directive.space ? " " : "";
}

function padNumber(prefix: string, digits: string, directive: Directive): string {
  const zeros = directive.zero && !directive.minus && directive.precision === undefined;
  const fill = (directive.width ?? 0) - prefix.length - digits.length;
  if (zeros || (directive.zero && !directive.minus && digits.includes(".")))
    return prefix + "0".repeat(Math.max(fill, 0)) + digits;
  return pad(prefix + digits, directive);
}

function pad(text: string, directive: Directive): string {
  const missing = (directive.width ?? 0) - Array.from(text).length;
  if (missing <= 0) return text;
  return directive.minus ? text + " ".repeat(missing) : " ".repeat(missing) + text;
}
