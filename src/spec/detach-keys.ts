import { EngineError } from "../base/errors.ts";

/** The bytes that detach a terminal unless the user names others. */
export const defaultDetachKeys = "ctrl-p,ctrl-q";

/**
 * `ctrl-p,ctrl-q`, `ctrl-[`, `a`, `DEL` → the bytes as they arrive from the terminal; none for an empty text.
 * Throws `invalid` as attach does; exec says `Invalid escape keys (…) provided`.
 */
export function parseDetachKeys(text: string): Uint8Array {
  if (text === "") return new Uint8Array();
  const codes = text.split(",").map(keyCode);
  if (codes.includes(-1)) throw new EngineError("invalid", `Invalid detach keys (${text}) provided`);
  return Uint8Array.from(codes);
}

/** -1 for what is no key. Control keys are `ctrl-` and a lower-case letter or one of @ [ \ ] ^ _. */
function keyCode(key: string): number {
  if (key === "DEL") return 127;
  if (key.length === 1) return key.charCodeAt(0) < 128 ? key.charCodeAt(0) : -1;
  const control = /^ctrl-([a-z@[\\\]^_])$/.exec(key)?.[1];
  return control === undefined ? -1 : control.toUpperCase().charCodeAt(0) - 64;
}
