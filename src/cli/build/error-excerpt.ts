import type { BuildErrorSource } from "../../spec/api/build.ts";

const rule = "-".repeat(20);
/** The lines of a Dockerfile that are to blame, marked, with some around them; nothing if they are not known. */
export function sourceExcerpt({ file, lines, ranges }: BuildErrorSource): string {
  const [first] = ranges;
  if (first === undefined) return "";
  const start = Math.min(...ranges.map(({ startLine }) => startLine));
  const end = Math.max(...ranges.map(({ endLine }) => endLine));
  const marked = (line: number) =>
    ranges.some(({ startLine, endLine }) => startLine <= line && line <= endLine);
  // As BuildKit shows them: more around one line than around several.
  const around = start === end ? 2 : 1;
  // A file's text ends with its last newline: there is an empty line behind it.
  const last = Math.min(end + around, lines.length);
  const shown: string[] = [];
  for (let line = Math.max(1, start - around); line <= last; line++)
    shown.push(`${String(line).padStart(4)} | ${marked(line) ? ">>>" : "   "} ${lines[line - 1] ?? ""}`);
  return `${file}:${first.startLine}\n${rule}\n${shown.join("\n")}\n${rule}\n`;
}
