// eq, ne, lt, le, gt, ge with Go's rules of which kinds compare.
import type { Arg, GoType, GoValue } from "../go/type.ts";
import { formatArg, noFlags, sprint } from "../go/print.ts";
import { compareBytes, unwrap } from "../go/value.ts";

type BasicKind = "bool" | "int" | "uint" | "float" | "string";
const basicKinds = new Set(["bool", "int", "uint", "float", "string"]);

function basicKind(value: Arg): BasicKind | undefined {
  return value !== undefined && basicKinds.has(value.type.kind) ? (value.type.kind as BasicKind) : undefined;
}

export function equal(first: Arg, others: readonly Arg[]): boolean {
  const left = unwrap(first);
  if (others.length === 0) throw new Error("missing argument for comparison");
  return others.some((other) => equalTo(left, unwrap(other)));
}

function equalTo(left: Arg, right: Arg): boolean {
  const [leftKind, rightKind] = [basicKind(left), basicKind(right)];
  if (leftKind !== rightKind) {
    if (isInteger(leftKind) && isInteger(rightKind)) return compareNumbers(left, right) === 0;
    if (left !== undefined && right !== undefined) throw incompatible(left, right);
    return false;
  }
  if (leftKind !== undefined) return order(left as GoValue, right as GoValue, leftKind) === 0;
  return equalComposite(left, right);
}

function equalComposite(left: Arg, right: Arg): boolean {
  if (left === undefined || right === undefined) {
    const other = left ?? right;
    if (other === undefined) return true;
    if (other.type.kind === "struct" || other.type.kind === "array") throw nonComparable(other);
    return other.data === null;
  }
  const nils = [left, right].filter((value) => value.data === null).length;
  if (nils > 0) return nils === 2;
  const bad = [right, left].find((value) => !comparable(value.type));
  if (bad !== undefined) throw nonComparable(bad);
  return (
    left.type.name === right.type.name && (left.data === right.data || sprint([left]) === sprint([right]))
  );
}

/** A struct compares when all its fields do. */
function comparable(type: GoType): boolean {
  if (type.kind === "slice" || type.kind === "map" || type.kind === "func") return false;
  return (type.fields ?? []).every((field) => comparable(field.type));
}

function nonComparable(value: GoValue): Error {
  return new Error(`non-comparable type ${formatArg(value, "s", noFlags)}: ${value.type.name}`);
}

function incompatible(left: GoValue, right: GoValue): Error {
  return new Error(`incompatible types for comparison: ${left.type.name} and ${right.type.name}`);
}

/** Whether `first` is less than `second`. */
export function less(first: Arg, second: Arg): boolean {
  const [left, right] = [unwrap(first), unwrap(second)];
  const [leftKind, rightKind] = [basicKind(left), basicKind(right)];
  if (left === undefined || right === undefined || leftKind === undefined || rightKind === undefined)
    throw new Error("invalid type for comparison");
  if (leftKind !== rightKind) {
    if (isInteger(leftKind) && isInteger(rightKind)) return compareNumbers(left, right) < 0;
    throw incompatible(left, right);
  }
  if (leftKind === "bool") throw new Error("invalid type for comparison");
  return order(left, right, leftKind) < 0;
}

function isInteger(kind: BasicKind | undefined): boolean {
  return kind === "int" || kind === "uint";
}

function compareNumbers(left: Arg, right: Arg): number {
  const [a, b] = [left?.data as number | bigint, right?.data as number | bigint];
  return a < b ? -1 : a > b ? 1 : 0;
}

function order(left: GoValue, right: GoValue, kind: BasicKind): number {
  if (kind === "string") return compareBytes(left.data as string, right.data as string);
  if (kind === "bool") return left.data === right.data ? 0 : 1;
  return compareNumbers(left, right);
}
