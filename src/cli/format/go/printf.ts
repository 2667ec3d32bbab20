// The format language of fmt.Sprintf: flags, width, precision, argument indexes and what it says of mistakes.
import { type Directive, formatArg, noFlags } from "./print.ts";
import type { Arg } from "./type.ts";

interface Scan {
  format: string;
  at: number;
  args: readonly Arg[];
  next: number;
  reordered: boolean;
  /** An explicit index was malformed or out of range. */
  badIndex: boolean;
}

export function sprintf(format: string, args: readonly Arg[]): string {
  const scan: Scan = { format, at: 0, args, next: 0, reordered: false, badIndex: false };
  let out = "";
  while (scan.at < format.length) {
    const percent = format.indexOf("%", scan.at);
    if (percent < 0) {
      out += format.slice(scan.at);
      break;
    }
    out += format.slice(scan.at, percent);
    scan.at = percent + 1;
    out += directive(scan);
  }
  return out + extra(scan);
}

function extra(scan: Scan): string {
  if (scan.reordered || scan.next >= scan.args.length) return "";
  const rest = scan.args.slice(scan.next).map((arg) => {
    if (arg === undefined) return "<nil>";
    return `${formatArg(arg, "T", noFlags)}=${formatArg(arg, "v", noFlags)}`;
  });
  return `%!(EXTRA ${rest.join(", ")})`;
}

function directive(scan: Scan): string {
  const flags: Directive = { ...noFlags };
  scan.badIndex = false;
  readFlags(scan, flags);
  readIndex(scan);
  const mistakes = readWidth(scan, flags) + readPrecision(scan, flags);
  readIndex(scan);
  const verb = String.fromCodePoint(scan.format.codePointAt(scan.at) ?? 0);
  if (scan.at >= scan.format.length) return `${mistakes}%!(NOVERB)`;
  scan.at += verb.length;
  return mistakes + format(scan, verb, flags);
}

function format(scan: Scan, verb: string, flags: Directive): string {
  if (verb === "%") return "%";
  if (scan.badIndex) return `%!${verb}(BADINDEX)`;
  if (scan.next >= scan.args.length) return `%!${verb}(MISSING)`;
  const arg = scan.args[scan.next];
  scan.next += 1;
  return formatArg(arg, verb, flags);
}

function readFlags(scan: Scan, flags: Directive): void {
  for (; ; scan.at += 1) {
    const character = scan.format[scan.at];
    if (character === "-") flags.minus = true;
    else if (character === "+") flags.plus = true;
    else if (character === "#") flags.sharp = true;
    else if (character === " ") flags.space = true;
    else if (character === "0") flags.zero = true;
    else return;
  }
}

/** `[n]`: the argument to take next. */
function readIndex(scan: Scan): boolean {
  if (scan.format[scan.at] !== "[") return false;
  scan.reordered = true;
  const match = /^\[(\d+)\]/.exec(scan.format.slice(scan.at));
  const index = Number(match?.[1]) - 1;
  if (match === null || index < 0 || index >= scan.args.length) {
    scan.badIndex = true;
    const close = scan.format.indexOf("]", scan.at);
    scan.at = close < 0 ? scan.at + 1 : close + 1;
    return false;
  }
  scan.next = index;
  scan.at += match[0].length;
  return true;
}

function readWidth(scan: Scan, flags: Directive): string {
  if (scan.format[scan.at] !== "*") {
    const width = readNumber(scan);
    if (width !== undefined) flags.width = width;
    return "";
  }
  scan.at += 1;
  const width = starArgument(scan);
  if (width === undefined) return "%!(BADWIDTH)";
  flags.width = Math.abs(width);
  if (width < 0) flags.minus = true;
  return "";
}

function readPrecision(scan: Scan, flags: Directive): string {
  if (scan.format[scan.at] !== ".") return "";
  scan.at += 1;
  readIndex(scan);
  if (scan.format[scan.at] !== "*") {
    flags.precision = readNumber(scan) ?? 0;
    return "";
  }
  scan.at += 1;
  const precision = starArgument(scan);
  if (precision === undefined) return "%!(BADPREC)";
  if (precision >= 0) flags.precision = precision;
  return "";
}

function readNumber(scan: Scan): number | undefined {
  const match = /^\d+/.exec(scan.format.slice(scan.at));
  if (match === null) return undefined;
  scan.at += match[0].length;
  return Number(match[0]);
}

function starArgument(scan: Scan): number | undefined {
  const arg = scan.args[scan.next];
  scan.next += 1;
  const number = arg?.type.kind === "int" || arg?.type.kind === "uint" ? Number(arg.data) : undefined;
  return number !== undefined && Math.abs(number) <= 1e6 ? number : undefined;
}
