// Byte sizes as Docker reads and writes them (github.com/docker/go-units).
import { EngineError } from "../base/errors.ts";

const float = /^[+-]?(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const units = "bkmgtp";
const decimalUnits = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
const binaryUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];

/** Bytes in `64m`, `1.5GiB`, `512`: every unit is a power of 1024, fractions are cut. Throws `invalid`. */
export function parseBytes(text: string): number {
  let end = text.length;
  while (end > 0 && !"0123456789. ".includes(text.charAt(end - 1))) end -= 1;
  if (end === 0) throw invalid(`invalid size: '${text}'`);
  const number = text.charAt(end - 1) === " " ? text.slice(0, end - 1) : text.slice(0, end);
  if (!float.test(number)) {
    throw invalid(`strconv.ParseFloat: parsing ${JSON.stringify(number)}: invalid syntax`);
  }
  const size = Number(number.replaceAll("_", ""));
  if (size < 0) throw invalid(`invalid size: '${text}'`);
  return Math.trunc(size * 1024 ** exponent(text.slice(end)));
}

/** As `parseBytes`, with `-1` for "no limit" (memory swap). */
export function parseSwapBytes(text: string): number {
  return text === "-1" ? -1 : parseBytes(text);
}

/** In powers of 1000 with `digits` significant ones: `1.25MB`. `images` and `df` use 3, most else 4. */
export function formatBytes(bytes: number, digits = 4): string {
  return format(bytes, 1000, decimalUnits, digits);
}

/** In powers of 1024 with four significant digits: `1.25MiB` (`stats`, `info`). */
export function formatBinaryBytes(bytes: number, digits = 4): string {
  return format(bytes, 1024, binaryUnits, digits);
}

/** The power of 1024 a suffix stands for: one letter, optionally followed by `b` or `ib`. */
function exponent(suffix: string): number {
  const lower = suffix.length > 3 ? suffix : suffix.toLowerCase();
  if (lower === "") return 0;
  const power = units.indexOf(lower.charAt(0));
  const rest = lower.slice(1);
  const good = power >= 0 && (rest === "" || (power > 0 && (rest === "b" || rest === "ib")));
  if (!good) throw invalid(`invalid suffix: '${lower}'`);
  return power;
}

function format(bytes: number, base: number, names: string[], digits: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= base && unit < names.length - 1) {
    size /= base;
    unit += 1;
  }
  return significant(size, digits) + (names[unit] ?? "");
}

/** C's `%.Ng`: no trailing zeros, exponents of two digits, half a digit rounded to even. */
function significant(value: number, digits: number): string {
  const [mantissa = "", power] = (evenOnTie(value, digits) ?? value.toPrecision(digits)).split("e");
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return power === undefined ? short : `${short}e${power.replace(/^([+-])(\d)$/, "$10$2")}`;
}

/** JavaScript rounds half up: `100.25` to four digits is then `100.3`, where Go and C say `100.2`. */
function evenOnTie(value: number, digits: number): string | undefined {
  const exact = value.toPrecision(Math.min(digits + 40, 100));
  const length = exact.slice(0, digits).includes(".") ? digits + 1 : digits;
  const kept = exact.slice(0, length).replace(/\.$/, "");
  const isTie = /^\.?50*$/.test(exact.slice(length)) && !exact.startsWith("0");
  return isTie && /[02468]$/.test(kept) ? kept : undefined;
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
