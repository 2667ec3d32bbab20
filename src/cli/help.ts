// --help of commands, groups and the program, laid out as docker's.
import type { Command, Flag } from "./command.ts";
import { globalFlags } from "./global-flags.ts";
import { flagUsages } from "./help-flags.ts";
import { type Entry, groups, registry } from "./registry.ts";

/** What help needs to know of the terminal; 0 columns where there is none. */
export interface HelpScreen {
  columns: number;
  env: Record<string, string | undefined>;
}

const commonCommands = [
  "run",
  "exec",
  "ps",
  "build",
  "pull",
  "push",
  "images",
  "login",
  "logout",
  "search",
  "version",
  "info",
];
/** What the entry of the program takes before any command is looked for. */
const handedOver: [string, string][] = [
  ["daemon", "Run the engine ('gantry daemon --help' shows its options)"],
];
const defaultColumns = 80;
/** Names in lists are padded to the longest of docker's. */
const namePadding = 11;

/** `--help` of one command. */
export function commandHelp(command: Command, program: string, path: string, screen: HelpScreen): string {
  const parts = [`Usage:  ${program} ${path} ${command.usage}`.trimEnd(), command.details ?? command.summary];
  const aliases = aliasesOf(command.names);
  if (aliases.length > 1) parts.push(`Aliases:\n  ${aliases.map((name) => `${program} ${name}`).join(", ")}`);
  const options = flagUsages(command.flags, widthOf(screen)).trimEnd();
  if (options !== "") parts.push(`Options:\n${options}`);
  return `${parts.join("\n\n")}\n`;
}

/** The command within its group first, then its other names there, then those at the top. */
function aliasesOf(names: readonly string[]): string[] {
  const inGroup = names.filter((name) => name.includes(" "));
  const [canonical, ...others] = inGroup;
  const top = names.filter((name) => !name.includes(" "));
  return [...(canonical === undefined ? [] : [canonical]), ...others.sort(), ...top];
}

/** `gantry container --help`. */
export async function groupHelp(group: string, program: string): Promise<string> {
  const commands = await summaries(registry, (names) => firstWord(names, (name) => wordInGroup(name, group)));
  const list = section("Commands", commands);
  return `Usage:  ${program} ${group} COMMAND\n\n${titleOf(group, program)}\n${list}\nRun '${program} ${group} COMMAND --help' for more information on a command.\n`;
}

function wordInGroup(name: string, group: string): string | undefined {
  return name.startsWith(`${group} `) ? name.slice(group.length + 1) : undefined;
}

function titleOf(group: string, program: string): string {
  const title = groups[group] ?? "";
  return program === "docker" ? title.replace("Gantry", "Docker") : title;
}

/** `gantry --help`. */
export async function rootHelp(program: string, screen: HelpScreen): Promise<string> {
  const commands = await summaries(registry, (names) =>
    firstWord(names, (name) => (name.includes(" ") ? undefined : name)),
  );
  const common = commonCommands.flatMap((name) => commands.filter(([word]) => word === name));
  const others = [...commands.filter(([word]) => !commonCommands.includes(word)), ...handedOver].sort(byWord);
  const management = Object.keys(groups).map((group): [string, string] => [group, titleOf(group, program)]);
  return [
    `Usage:  ${program} [OPTIONS] COMMAND\n\nA self-sufficient runtime for containers\n`,
    section("Common Commands", common),
    section("Management Commands", management),
    section("Commands", others),
    `\nGlobal Options:\n${flagUsages(rootFlags(screen.env), widthOf(screen))}`,
    `\nRun '${program} COMMAND --help' for more information on a command.\n`,
  ].join("");
}

/** The global flags with the defaults that hang on the configuration directory. */
function rootFlags(env: HelpScreen["env"]): Flag[] {
  const directory = env.DOCKER_CONFIG || `${env.HOME ?? "/root"}/.docker`;
  const files: Record<string, string> = {
    config: directory,
    tlscacert: `${directory}/ca.pem`,
    tlscert: `${directory}/cert.pem`,
    tlskey: `${directory}/key.pem`,
  };
  return globalFlags.map((flag) => {
    const file = files[flag.name];
    return file === undefined ? flag : { ...flag, default: JSON.stringify(file) };
  });
}

function firstWord(
  names: readonly string[],
  wordOf: (name: string) => string | undefined,
): string | undefined {
  return names.map(wordOf).find((word) => word !== undefined);
}

async function summaries(
  entries: readonly Entry[],
  wordOf: (names: readonly string[]) => string | undefined,
): Promise<[string, string][]> {
  const lines: [string, string][] = [];
  for (const entry of entries) {
    const word = wordOf(entry.names);
    if (word === undefined) continue;
    const { command } = await entry.load();
    if (!command.hidden) lines.push([word, command.summary]);
  }
  return lines.sort(byWord);
}

function byWord([left]: [string, string], [right]: [string, string]): number {
  return left < right ? -1 : 1;
}

function section(title: string, lines: readonly [string, string][]): string {
  if (lines.length === 0) return "";
  const width = Math.max(namePadding, ...lines.map(([left]) => left.length));
  return `\n${title}:\n${lines.map(([left, right]) => `  ${left.padEnd(width)} ${right}\n`).join("")}`;
}

/** One column stays free, as docker leaves it. */
function widthOf({ columns }: HelpScreen): number {
  return (columns > 0 ? columns : defaultColumns) - 1;
}
