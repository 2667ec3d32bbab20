import type { Command } from "./command.ts";
import type { FlagError } from "./parse.ts";

/** A wrong flag, the flag that was likely meant, and the usage, as docker lays them out. */
export function usageError(error: FlagError, program: string, path: string, usage: string): string {
  const words = [program, path].filter(Boolean).join(" ");
  const line = [words, usage].filter(Boolean).join(" ");
  return `${error.message}${didYouMean(error.suggestion)}\n\nUsage:  ${line}\n\nRun '${words} --help' for more information\n`;
}

export function didYouMean(suggestion: string | undefined): string {
  return suggestion ? `\nDid you mean '${suggestion}'?` : "";
}

/** What is wrong with the number of arguments, if anything. */
export function argumentsError(
  command: Command,
  given: number,
  program: string,
  path: string,
): string | undefined {
  const [fewest, most] = command.args;
  if (given >= fewest && given <= most) return undefined;
  const [wanted, verb] = requirement(fewest, most);
  const words = `${program} ${path}`;
  return (
    `${program}: '${words}' ${wanted}\n\nUsage:  ${words} ${command.usage}`.trimEnd() +
    `\n\n${verb} '${words} --help' for more information\n`
  );
}

function requirement(fewest: number, most: number): [wanted: string, verb: string] {
  if (most === 0) return ["accepts no arguments", "Run"];
  if (most === fewest) return [`requires ${counted(fewest)}`, "Run"];
  if (most === Number.POSITIVE_INFINITY) return [`requires at least ${counted(fewest)}`, "See"];
  if (fewest === 0) return [`requires at most ${counted(most)}`, "Run"];
  return [`requires at least ${fewest} and at most ${counted(most)}`, "Run"];
}

function counted(count: number): string {
  return `${count} ${count === 1 ? "argument" : "arguments"}`;
}
