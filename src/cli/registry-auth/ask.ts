import { CommandError, type Terminal } from "../command.ts";

type RawInput = NodeJS.ReadableStream & { setRawMode?: (raw: boolean) => unknown };

const enter = new Set(["\r", "\n", "\u0004"]);
const interrupt = "\u0003";
const erase = new Set(["\u007f", "\b"]);

/** Asks on stdout and reads one line; with `hidden` nothing of it is shown. The terminal must be one. */
export async function ask(terminal: Terminal, prompt: string, hidden: boolean): Promise<string> {
  terminal.out(prompt);
  const input = terminal.stdin as RawInput;
  input.setRawMode?.(true);
  try {
    return await readTyped(terminal, input, hidden);
  } finally {
    input.setRawMode?.(false);
    input.pause();
  }
}

function readTyped(terminal: Terminal, input: RawInput, hidden: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const finish = (settle: () => void): void => {
      input.removeListener("data", onData);
      input.removeListener("end", onEnd);
      terminal.out("\n");
      settle();
    };
    const onEnd = (): void => finish(() => resolve(text));
    const onData = (chunk: Buffer | string): void => {
      for (const character of chunk.toString()) {
        if (enter.has(character)) return finish(() => resolve(text));
        if (character === interrupt) return finish(() => reject(new CommandError("", 130)));
        const before = text.length;
        text = erase.has(character) ? text.slice(0, -1) : text + character;
        if (!hidden) terminal.out(text.length > before ? character : text.length < before ? "\b \b" : "");
      }
    };
    input.on("data", onData);
    input.once("end", onEnd);
    input.resume();
  });
}
