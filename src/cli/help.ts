import type { Command, Flag } from "./command.ts";
import { groups, registry } from "./registry.ts";

/** `--help` of one command. */
export function commandHelp(command: Command, program: string, path: string): string {
  const usage = `Usage:  ${program} ${path} ${command.usage}`.trimEnd();
  const details = command.details === undefined ? "" : `\n\n${command.details}`;
  const options = command.flags.filter((flag) => !flag.hidden).map(flagLine);
  return `${usage}\n\n${command.summary}${details}\n${section("Options", options)}`;
}

function flagLine(flag: Flag): [string, string] {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  const value = flag.kind === "bool" ? "" : ` ${flag.value ?? flag.kind}`;
  const fallback = flag.default === undefined ? "" : ` (default ${flag.default})`;
  return [`${short}--${flag.name}${value}`, flag.summary + fallback];
}

/** `gantry container --help`. */
export async function groupHelp(group: string, program: string): Promise<string> {
  const commands = await summaries((name) => (name.startsWith(`${group} `) ? name.split(" ")[1] : undefined));
  return `Usage:  ${program} ${group} COMMAND\n\n${groups[group]}\n${section("Commands", commands)}\nRun '${program} ${group} COMMAND --help' for more information on a command.\n`;
}

/** `gantry --help`. */
export async function rootHelp(program: string, _env: Record<string, string | undefined>): Promise<string> {
  const commands = await summaries((name) => (name.includes(" ") ? undefined : name));
  return `Usage:  ${program} [OPTIONS] COMMAND\n${section("Management Commands", Object.entries(groups))}${section("Commands", commands)}\nRun '${program} COMMAND --help' for more information on a command.\n`;
}

async function summaries(wordOf: (name: string) => string | undefined): Promise<[string, string][]> {
  const lines: [string, string][] = [];
  for (const entry of registry) {
    const word = entry.names.map(wordOf).find((word) => word !== undefined);
    if (word !== undefined) lines.push([word, (await entry.load()).command.summary]);
  }
  return lines.sort(([left], [right]) => (left < right ? -1 : 1));
}

function section(title: string, lines: [string, string][]): string {
  if (lines.length === 0) return "";
  const width = Math.max(...lines.map(([left]) => left.length));
  return `\n${title}:\n${lines.map(([left, right]) => `  ${left.padEnd(width)}   ${right}\n`).join("")}`;
}
