// Number and character constants of a template.
import { unquote } from "../go/quote.ts";
import type { NumberNode } from "./node.ts";

/** Answers the node, or what Go says is wrong with the literal. */
export function parseNumber(literal: string, position: number): NumberNode | string {
  const base = { kind: "number" as const, position, literal, complex: false };
  const int = parseInteger(literal.replace(/^[+-]/, ""));
  if (int !== undefined && int <= 0xffff_ffff_ffff_ffffn) {
    const signed = literal.startsWith("-") ? -int : int;
    return { ...base, int: signed, float: Number(signed) };
  }
  const float = parseFloatLiteral(literal);
  if (float === undefined) return `illegal number syntax: "${literal}"`;
  // Digits alone that no integer holds: too many of them, or an 8 in an octal.
  if (!/[.eEpP]/.test(literal)) return `integer overflow: "${literal}"`;
  // A float that is whole can stand for an integer too: 1e3.
  if (Number.isSafeInteger(float)) return { ...base, float, int: BigInt(float) };
  return { ...base, float };
}

export function parseCharacter(literal: string, position: number): NumberNode | string {
  const text = unquote(literal);
  if (text === undefined || text === "") return "invalid syntax";
  const characters = Array.from(text);
  if (characters.length !== 1) return `malformed character constant: ${literal}`;
  const code = characters[0]?.codePointAt(0) ?? 0;
  return { kind: "number", position, literal, complex: false, int: BigInt(code), float: code };
}

function parseInteger(digits: string): bigint | undefined {
  if (!separatorsFit(digits)) return undefined;
  const plain = digits.replaceAll("_", "");
  if (/^0[xXbBoO]/.test(plain))
    return /^0(?:[xX][0-9a-fA-F]+|[bB][01]+|[oO][0-7]+)$/.test(plain)
      ? BigInt(plain.toLowerCase())
      : undefined;
  if (/^0[0-7]+$/.test(plain)) return BigInt(`0o${plain.slice(1)}`);
  return /^(?:0|[1-9][0-9]*)$/.test(plain) ? BigInt(plain) : undefined;
}

function parseFloatLiteral(literal: string): number | undefined {
  const digits = literal.replace(/^[+-]/, "");
  if (!separatorsFit(digits)) return undefined;
  const plain = digits.replaceAll("_", "");
  if (!/^(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(plain)) return undefined;
  return (literal.startsWith("-") ? -1 : 1) * Number(plain);
}

/** An underscore stands between digits, or after the base prefix. */
function separatorsFit(digits: string): boolean {
  return (
    !digits.includes("_") ||
    /^(?:0[xXbBoO]_?)?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*(?:[.eEpP+-][0-9_a-fA-F]*)*$/.test(digits)
  );
}
