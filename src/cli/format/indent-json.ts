/** JSON text re-indented as Go's json.Indent does: keys keep their order and numbers their digits. */
export function indentJson(text: string, indent: string): string {
  let out = "";
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (character === '"') {
      const end = endOfString(text, at);
      out += text.slice(at, end);
      at = end - 1;
    } else if (character === "{" || character === "[") {
      const close = closesAt(text, at + 1, character);
      if (close >= 0) {
        out += character === "{" ? "{}" : "[]";
        at = close;
      } else {
        depth += 1;
        out += `${character}\n${indent.repeat(depth)}`;
      }
    } else if (character === "}" || character === "]") {
      depth -= 1;
      out += `\n${indent.repeat(depth)}${character}`;
    } else if (character === ",") out += `,\n${indent.repeat(depth)}`;
    else if (character === ":") out += ": ";
    else if (!isSpace(character)) out += character;
  }
  return out;
}

function isSpace(character: string): boolean {
  return character === " " || character === "\n" || character === "\t" || character === "\r";
}

/** Where an empty object or array ends, else -1. */
function closesAt(text: string, from: number, open: string): number {
  let at = from;
  while (isSpace(text[at] ?? "")) at += 1;
  return text[at] === (open === "{" ? "}" : "]") ? at : -1;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
