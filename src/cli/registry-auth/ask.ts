import type { Readable } from "node:stream";
import { enterRawMode } from "../attach/raw-mode.ts";
import { CommandError, type Terminal } from "../command.ts";

const enter = new Set(["\r", "\n", "\u0004"]);
const interrupt = "\u0003";
const erase = new Set(["\u007f", "\b"]);

/** Asks on stdout and reads one line; with `hidden` nothing of it is shown. Standard input must be a terminal. */
export async function ask(terminal: Terminal, prompt: string, hidden: boolean): Promise<string> {
  terminal.out(prompt);
  const leaveRawMode = enterRawMode();
  try {
    return await readTyped(terminal, terminal.stdin, hidden);
  } finally {
    leaveRawMode();
  }
}

function readTyped(terminal: Terminal, input: Readable, hidden: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const finish = (settle: () => void): void => {
      input.removeListener("data", onData);
      input.removeListener("end", onEnd);
      input.pause();
      terminal.out("\n");
      settle();
    };
    const onEnd = (): void => finish(() => resolve(text));
    const onData = (chunk: Buffer | string): void => {
      for (const character of chunk.toString()) {
        if (enter.has(character)) return finish(() => resolve(text));
        // Docker counts a prompt that was broken off as no failure.
        if (character === interrupt) return finish(() => reject(new CommandError("", 0)));
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
