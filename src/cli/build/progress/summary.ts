import { isCanceled, type VertexState } from "./vertex-log.ts";

const rule = "-".repeat(6);

/** What the steps that failed printed last, as people look for it at the end. */
export function failureText(states: readonly VertexState[]): string {
  return states
    .filter(({ vertex }) => vertex.error !== undefined && !isCanceled(vertex))
    .map(({ vertex, log }) => {
      const lines = log.map(({ seconds, text }) => `${seconds.toFixed(3)} ${text}\n`).join("");
      return `${rule}\n > ${vertex.name}:\n${lines}${rule}\n`;
    })
    .join("");
}

/** The findings of lint, a line each. */
export function warningText(states: readonly VertexState[]): string {
  const lines = states.flatMap(({ warnings }) =>
    warnings.map(({ short }) => ` - ${Buffer.from(short, "base64").toString()}\n`),
  );
  if (lines.length === 0) return "";
  const count = `${lines.length} ${lines.length === 1 ? "warning" : "warnings"} found`;
  return `\n ${count} (use --check to expand):\n${lines.join("")}`;
}
