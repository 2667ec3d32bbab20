// Numbers and booleans as Go's strconv reads them, with its errors: docker shows them as they are.

const truths = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const falsehoods = new Set(["0", "f", "F", "false", "FALSE", "False"]);

export function parseBool(text: string): boolean {
  if (truths.has(text)) return true;
  if (falsehoods.has(text)) return false;
  throw new Error(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** strconv.ParseInt(text, 0, 64): decimal, 0x, 0o, 0b, and a leading 0 for octal. */
export function parseInteger(text: string): number {
  return parseGo(text, "ParseInt", 63n);
}

/** strconv.ParseUint(text, 0, bits). */
export function parseUnsigned(text: string, bits: number): number {
  if (/^[+-]/.test(text)) throw failure("ParseUint", text, "invalid syntax");
  return parseGo(text, "ParseUint", BigInt(bits));
}

/** strconv.ParseUint(text, 10, bits). */
export function parseDecimal(text: string, bits: number): number {
  if (!/^\d+$/.test(text)) throw failure("ParseUint", text, "invalid syntax");
  if (BigInt(text) >= 2n ** BigInt(bits)) throw failure("ParseUint", text, "value out of range");
  return Number(text);
}

function parseGo(text: string, function_: string, bits: bigint): number {
  const [, sign = "", digits = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  const magnitude = parseDigits(digits);
  if (magnitude === undefined) throw failure(function_, text, "invalid syntax");
  const limit = 2n ** bits;
  if (magnitude > limit || (magnitude === limit && sign !== "-"))
    throw failure(function_, text, "value out of range");
  return Number(sign === "-" ? -magnitude : magnitude);
}

function parseDigits(digits: string): bigint | undefined {
  // Underscores may only stand between digits (or after a base prefix).
  if (digits.includes("_") && !/^(\d|0[xXoObB](?=_?[0-9a-fA-F]))(_?[0-9a-fA-F])*$/.test(digits))
    return undefined;
  const plain = digits.replaceAll("_", "").replace(/^0(?=[0-9])/, "0o");
  return /^(\d+|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(plain)
    ? BigInt(plain.toLowerCase())
    : undefined;
}

function failure(function_: string, text: string, reason: string): Error {
  return new Error(`strconv.${function_}: parsing ${JSON.stringify(text)}: ${reason}`);
}
