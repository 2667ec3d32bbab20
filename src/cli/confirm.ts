import type { Terminal } from "./command.ts";

/** Asks on stdout; only `y` (of either case) is yes, the end of input is no. */
export async function confirm(terminal: Terminal, message: string): Promise<boolean> {
  terminal.out(`${message} [y/N] `);
  const answer = await readLine(terminal.stdin);
  return answer.trim().toLowerCase() === "y";
}

/** The first line of the input, or all of it when it has no newline. */
export async function readLine(input: AsyncIterable<unknown>): Promise<string> {
  let text = "";
  for await (const chunk of input) {
    text += typeof chunk === "string" ? chunk : Buffer.from(chunk as Uint8Array).toString("utf8");
    const newline = text.indexOf("\n");
    if (newline >= 0) return text.slice(0, newline);
  }
  return text;
}
