import { heredocText, parseHeredocMark } from "../dockerfile/heredoc.ts";
import type { RunInstruction } from "./instruction.ts";

/** What a RUN runs, once its heredocs are in place. */
export type RunProgram =
  | { kind: "exec"; words: readonly string[] }
  /** A line for SHELL. */
  | { kind: "shell"; line: string }
  /** A heredoc that names its interpreter: a file to be run as it is. */
  | { kind: "script"; name: string; content: string };

/**
 * A heredoc alone is the script itself, so that it works with any SHELL; beside other words it is given to the shell as
 * written.
 */
export function runProgram({ command, heredocs }: RunInstruction): RunProgram {
  if (command.form === "exec") return { kind: "exec", words: command.words };
  const line = command.words.join(" ");
  const [heredoc] = heredocs;
  if (heredoc === undefined) return { kind: "shell", line };
  if (heredocs.length > 1 || parseHeredocMark(line) === undefined) {
    const texts = heredocs.map(({ content, name }) => `\n${content}${name}`);
    return { kind: "shell", line: line + texts.join("") };
  }
  const content = heredocText(heredoc);
  return content.startsWith("#!")
    ? { kind: "script", name: heredoc.name, content }
    : { kind: "shell", line: content };
}
