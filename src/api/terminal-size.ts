import { EngineError } from "../base/errors.ts";
import type { TerminalSize } from "../runtime/runtime-service.ts";
import type { Query } from "./query.ts";

/** `h` and `w` of a resize call. */
export function terminalSize(query: Query): TerminalSize {
  return { height: dimension(query, "h", "height"), width: dimension(query, "w", "width") };
}

function dimension(query: Query, name: string, word: string): number {
  const text = query.string(name);
  const refuse = (why: string) =>
    new EngineError("invalid", `invalid resize ${word} ${JSON.stringify(text)}: ${why}`);
  if (!/^[+-]?\d+$/.test(text)) throw refuse("invalid syntax");
  // The kernel's struct winsize counts in 16 bits; Docker reads 32.
  if (Number(text) < 0 || Number(text) > 0xffffffff) throw refuse("value out of range");
  return Math.min(Number(text), 0xffff);
}

/** ConsoleSize of a body: height, width. */
export function consoleSize(size: readonly number[] | undefined): TerminalSize | undefined {
  const [height = 0, width = 0] = size ?? [];
  return height > 0 && width > 0 ? { height, width } : undefined;
}
