/** A regular expression for a shell's `*`, `?` and `\x`; `greedy` lets `*` take as much as it can. Throws an Error. */
export function shellPattern(pattern: string, greedy: boolean): string {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? "";
    if (character === "*") source += greedy ? ".*" : ".*?";
    else if (character === "?") source += ".";
    else if (character === "\\") source += escaped(pattern[++at]);
    else source += quoted(character);
  }
  return source;
}

function escaped(character: string | undefined): string {
  if (character === undefined || !"*?\\/".includes(character))
    throw new Error(`invalid escape '\\${character ?? ""}'`);
  return quoted(character);
}

function quoted(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
}

/** `${value#pattern}`, `${value##pattern}`. */
export function withoutPrefix(value: string, pattern: string, longest: boolean): string {
  const match = new RegExp(`^(?:${shellPattern(pattern, longest)})`, "s").exec(value);
  return match === null ? value : value.slice(match[0].length);
}

/** `${value%pattern}`, `${value%%pattern}`. */
export function withoutSuffix(value: string, pattern: string, longest: boolean): string {
  const whole = new RegExp(`^(?:${shellPattern(pattern, true)})$`, "s");
  const starts = Array.from({ length: value.length + 1 }, (_, index) => index);
  if (!longest) starts.reverse();
  const start = starts.find((start) => whole.test(value.slice(start)));
  return start === undefined ? value : value.slice(0, start);
}

/** `${value/pattern/text}`, `${value//pattern/text}`. */
export function replaced(value: string, pattern: string, text: string, all: boolean): string {
  return value.replace(new RegExp(shellPattern(pattern, true), all ? "gs" : "s"), () => text);
}
