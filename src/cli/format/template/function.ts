// What a template function is, and the functions every Go template has.
import type { Arg, GoType, GoValue } from "../go/type.ts";
import { anyType, stringType } from "../go/type.ts";
import { sprint, sprintln } from "../go/print.ts";
import { sprintf } from "../go/printf.ts";
import { goBool, goString, indirect, isTrue, stringOf } from "../go/value.ts";
import { index, length, slice } from "./collections.ts";
import { equal, less } from "./compare.ts";
import { escapeHtml, escapeJs, escapeQuery } from "./escape.ts";

export interface TemplateFunction {
  /** Types of the arguments; `any` takes everything. The last repeats when `variadic`. */
  params: readonly GoType[];
  variadic?: boolean;
  /** Throwing says `error calling NAME: message`. */
  call(args: readonly Arg[]): Arg;
}

const any1 = [anyType];
const any2 = [anyType, anyType];
const variadic = { params: any1, variadic: true };
const variadic1 = { params: any2, variadic: true };

/** The operands of html, js and urlquery as one text. */
function joined(args: readonly Arg[]): string {
  const only = args.length === 1 ? args[0] : undefined;
  if (only?.type.kind === "string") return stringOf(only);
  return sprint(args.map((arg) => (arg?.type.kind === "pointer" ? indirect(arg).value : arg)));
}

/** The executor runs `and` and `or` itself, as they stop early, and `call`, which names its argument's text. */
export const builtins: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["and", { ...variadic1, call: ([first]) => first }],
  ["or", { ...variadic1, call: ([first]) => first }],
  ["not", { params: any1, call: ([value]) => goBool(!isTrue(value)) }],
  ["eq", { ...variadic1, call: ([first, ...others]) => goBool(equal(first, others)) }],
  ["ne", { params: any2, call: ([first, second]) => goBool(!equal(first, [second])) }],
  ["lt", { params: any2, call: ([first, second]) => goBool(less(first, second)) }],
  ["le", { params: any2, call: ([a, b]) => goBool(less(a, b) || equal(a, [b])) }],
  ["gt", { params: any2, call: ([a, b]) => goBool(!(less(a, b) || equal(a, [b]))) }],
  ["ge", { params: any2, call: ([first, second]) => goBool(!less(first, second)) }],
  ["index", { ...variadic1, call: ([item, ...indexes]) => index(item, indexes) }],
  ["slice", { ...variadic1, call: ([item, ...indexes]) => slice(item, indexes) }],
  ["len", { params: any1, call: ([item]) => length(item) }],
  ["print", { ...variadic, call: (args) => goString(sprint(args)) }],
  ["println", { ...variadic, call: (args) => goString(sprintln(args)) }],
  [
    "printf",
    {
      params: [stringType, anyType],
      variadic: true,
      call: ([format, ...args]) => goString(sprintf(stringOf(format as GoValue), args)),
    },
  ],
  ["html", { ...variadic, call: (args) => goString(escapeHtml(joined(args))) }],
  ["js", { ...variadic, call: (args) => goString(escapeJs(joined(args))) }],
  ["urlquery", { ...variadic, call: (args) => goString(escapeQuery(joined(args))) }],
  ["call", { ...variadic1, call: ([value]) => value }],
]);
