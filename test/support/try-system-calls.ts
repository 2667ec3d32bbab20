import { existsSync } from "node:fs";

const perl = "/usr/bin/perl";

/** Whether the calls can be made here: the numbers are x86-64's, and a perl of the host's makes them. */
export const canTrySystemCalls = process.arch === "x64" && existsSync(perl) && existsSync("/usr/lib64");

/** Lets a container of the small image run the host's perl. */
export const perlFlags = ["-v", "/usr:/usr:ro", "-v", "/usr/lib:/lib:ro", "-v", "/usr/lib64:/lib64:ro"];

/** Arguments are numbers, or texts by address. Every call is harmless where it is allowed: its arguments are wrong. */
export type SystemCall = [name: string, number: number, ...args: (number | string)[]];

/** A command that makes the calls one after the other and prints `NAME ERRNO` for each, `NAME allowed` for 0. */
export function tryCommand(calls: readonly SystemCall[]): string[] {
  const lines = calls.map(([name, number, ...args]) => {
    // perl passes a text by its address only from a variable.
    const variables = args.map((arg, index) => `my $a${index} = ${JSON.stringify(arg)};`).join("");
    const list = [number, ...args.map((_, index) => `$a${index}`)].join(", ");
    return `{ ${variables} $! = 0; my $r = syscall(${list}); print "${name} ", $r == -1 ? (grep { $!{$_} } keys %!)[0] : "allowed", "\\n"; }`;
  });
  return [perl, "-MErrno", "-e", `$| = 1; ${lines.join("\n")}`];
}
