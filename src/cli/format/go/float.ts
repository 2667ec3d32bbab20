// strconv.FormatFloat for the verbs a template and the human units can reach.

/** A positive decimal: 0.DIGITS times ten to the `point`. */
interface Decimal {
  digits: string;
  point: number;
}

/** `precision` -1 is the shortest text that reads back the same. */
export function formatFloat(value: number, verb: string, precision: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return sign + formatPositive(Math.abs(value), verb, precision);
}

function formatPositive(value: number, verb: string, precision: number): string {
  const shortest = precision < 0;
  switch (verb) {
    case "e":
    case "E": {
      const decimal = shortest ? shortestDecimal(value) : round(exactDecimal(value), precision + 1);
      return scientific(decimal, shortest ? decimal.digits.length - 1 : precision, verb);
    }
    case "f":
    case "F": {
      const exact = shortest ? shortestDecimal(value) : exactDecimal(value);
      const decimal = shortest ? exact : round(exact, exact.point + precision);
      return plain(decimal, shortest ? Math.max(decimal.digits.length - decimal.point, 0) : precision);
    }
    default:
      return general(value, precision, verb === "G" ? "E" : "e");
  }
}

/** %g: with an exponent when that is below -4 or past the precision (6 when shortest). */
function general(value: number, precision: number, mark: string): string {
  const shortest = precision < 0;
  const count = precision === 0 ? 1 : precision;
  const decimal = trim(shortest ? shortestDecimal(value) : round(exactDecimal(value), count));
  const length = decimal.digits.length;
  let limit = count > length && length >= decimal.point ? length : count;
  if (shortest) limit = 6;
  const exponent = decimal.point - 1;
  if (exponent < -4 || exponent >= limit) return scientific(decimal, length - 1, mark);
  return plain(decimal, Math.max(length - decimal.point, 0));
}

function shortestDecimal(value: number): Decimal {
  return fromExponential(value.toExponential());
}

/** Every digit: a double's expansion ends well before the 100th that matters to a user. */
function exactDecimal(value: number): Decimal {
  return fromExponential(value.toExponential(100));
}

function fromExponential(text: string): Decimal {
  const [mantissa = "0", exponent = "0"] = text.split("e");
  const digits = mantissa.replace(".", "");
  if (/^0+$/.test(digits)) return { digits: "0", point: 1 };
  return { digits, point: Number(exponent) + 1 };
}

/** Keeps `count` digits, rounding half to even as Go does (JavaScript rounds half up). */
function round(decimal: Decimal, count: number): Decimal {
  if (count >= decimal.digits.length) return decimal;
  if (count < 0) return { digits: "0", point: decimal.point - count };
  const kept = decimal.digits.slice(0, count);
  const rest = decimal.digits.slice(count);
  const tie = /^50*$/.test(rest);
  const odd = count > 0 && Number(kept.at(-1)) % 2 === 1;
  const up = tie ? odd : (rest[0] ?? "0") >= "5";
  if (!up)
    return { digits: kept === "" ? "0" : kept, point: kept === "" ? decimal.point + 1 : decimal.point };
  const next = (BigInt(kept === "" ? "0" : kept) + 1n).toString();
  const grown = next.length > kept.length;
  return { digits: next.padStart(kept.length, "0"), point: decimal.point + (grown ? 1 : 0) };
}

function trim(decimal: Decimal): Decimal {
  const digits = decimal.digits.replace(/0+$/, "");
  return digits === "" ? { digits: "0", point: 1 } : { digits, point: decimal.point };
}

function scientific(decimal: Decimal, fractionDigits: number, mark: string): string {
  const digits = decimal.digits.padEnd(fractionDigits + 1, "0");
  const fraction = fractionDigits > 0 ? `.${digits.slice(1, fractionDigits + 1)}` : "";
  const exponent = decimal.digits === "0" ? 0 : decimal.point - 1;
  const sign = exponent < 0 ? "-" : "+";
  return `${digits[0]}${fraction}${mark}${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function plain(decimal: Decimal, fractionDigits: number): string {
  const { digits, point } = decimal;
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  if (fractionDigits <= 0) return whole;
  const fraction = point > 0 ? digits.slice(point) : "0".repeat(-point) + digits;
  return `${whole}.${fraction.slice(0, fractionDigits).padEnd(fractionDigits, "0")}`;
}
