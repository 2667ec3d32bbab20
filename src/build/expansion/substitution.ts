import { replaced, withoutPrefix, withoutSuffix } from "./shell-pattern.ts";

/** Reads on behind the name of `${name…}`. */
export interface Operands {
  next(): string | undefined;
  peek(): string | undefined;
  /** Text up to `stop`, expanded. */
  until(stop: string, rawEscapes: boolean): string;
}

/**
 * Reads the rest of `${name…}` and answers how to evaluate it: the text must be read to its end also where its value is
 * not wanted.
 */
export function substitute(name: string, value: string | undefined, operands: Operands): () => string {
  const modifier = operands.next();
  switch (modifier) {
    case "}":
      return () => value ?? "";
    case ":":
      return conditional(name, value || undefined, value, `:${operands.next() ?? ""}`, operands);
    case "-":
    case "+":
    case "?":
      return conditional(name, value, value, modifier, operands);
    case "#":
    case "%":
      return trim(modifier, value ?? "", operands.until("}", true));
    case "/":
      return replacement(value ?? "", operands);
    case undefined:
      throw new Error("syntax error: missing '}'");
    default:
      throw new Error(`unsupported modifier (${modifier}) in substitution`);
  }
}

/** `present` is the value unless the modifier takes it for unset. */
function conditional(
  name: string,
  present: string | undefined,
  value: string | undefined,
  modifier: string,
  operands: Operands,
): () => string {
  if (!/^:?[-+?]$/.test(modifier)) throw new Error(`unsupported modifier (${modifier}) in substitution`);
  const word = operands.until("}", false);
  switch (modifier.at(-1)) {
    case "-":
      return () => present ?? word;
    case "+":
      return () => (present === undefined ? "" : word);
    default:
      return () => {
        if (present !== undefined) return present;
        const reason = word || `is not allowed to be ${value === undefined ? "unset" : "empty"}`;
        throw new Error(`${name}: ${reason}`);
      };
  }
}

function trim(modifier: "#" | "%", value: string, word: string): () => string {
  const longest = word.startsWith(modifier);
  const pattern = longest ? word.slice(1) : word;
  return () => (modifier === "#" ? withoutPrefix : withoutSuffix)(value, pattern, longest);
}

function replacement(value: string, operands: Operands): () => string {
  const all = operands.peek() === "/";
  if (all) operands.next();
  const pattern = operands.until("/", true);
  const text = operands.until("}", true);
  return () => replaced(value, pattern, text, all);
}
