import { EngineError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { flagOptions, type Option } from "./options.ts";
import { addFlagValue, type Settings } from "./settings.ts";

export interface CommandLine {
  settings: Settings;
  /** Undefined where `--config-file` was not given. */
  configFile: string | undefined;
  validate: boolean;
  help: boolean;
  version: boolean;
}

/** Reads dockerd's command line (pflag's rules: `--flag=value`, `--flag value`, `-Dl info`, `-H=x`). Throws `invalid`. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const line: CommandLine = {
    settings: new Map(),
    configFile: undefined,
    validate: false,
    help: false,
    version: false,
  };
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word.startsWith("--")) takeLong(line, word.slice(2), rest);
    else if (word.startsWith("-") && word !== "-") takeShort(line, word.slice(1), rest);
    else throw new EngineError("invalid", `"gantry daemon" accepts no arguments: ${word}${seeHelp}`);
  }
  return line;
}

const seeHelp = "\nSee 'gantry daemon --help'.";
/** Flags that are no settings. */
const own = ["config-file", "validate", "help", "version"] as const;

function takeLong(line: CommandLine, text: string, rest: string[]): void {
  const equals = text.indexOf("=");
  const name = equals < 0 ? text : text.slice(0, equals);
  const given = equals < 0 ? undefined : text.slice(equals + 1);
  if (takeOwn(line, name, given, rest)) return;
  const option = flagOptions.find((candidate) => candidate.flag === name);
  if (option === undefined) throw unknownFlag(name);
  addFlagValue(line.settings, option, given ?? valueOf(option, `--${name}`, rest));
}

function takeOwn(line: CommandLine, name: string, given: string | undefined, rest: string[]): boolean {
  if (name === "config-file") line.configFile = given ?? next("--config-file", rest);
  else if (name === "validate" || name === "help" || name === "version") line[name] = given !== "false";
  else return false;
  return true;
}

function takeShort(line: CommandLine, text: string, rest: string[]): void {
  const letter = text.slice(0, 1);
  const after = text.slice(1);
  if (letter === "h" || letter === "v") {
    line[letter === "h" ? "help" : "version"] = true;
  } else {
    const option = flagOptions.find((candidate) => candidate.short === letter);
    if (option === undefined)
      throw new EngineError("invalid", `unknown shorthand flag: '${letter}' in -${text}${seeHelp}`);
    if (option.kind !== "bool" || after.startsWith("=")) {
      addFlagValue(line.settings, option, after.replace(/^=/, "") || valueOf(option, `-${letter}`, rest));
      return;
    }
    addFlagValue(line.settings, option, "true");
  }
  if (after !== "") takeShort(line, after, rest);
}

function valueOf(option: Option, written: string, rest: string[]): string {
  return option.kind === "bool" ? "true" : next(written, rest);
}

function next(written: string, rest: string[]): string {
  const value = rest.shift();
  if (value === undefined) throw new EngineError("invalid", `flag needs an argument: ${written}${seeHelp}`);
  return value;
}

function unknownFlag(name: string): EngineError {
  const known = [...flagOptions.map((option) => option.flag), ...own];
  const near = nearest(name, known, Math.max(2, Math.floor(name.length / 3)));
  const hint = near === undefined ? "" : `\nDid you mean --${near}?`;
  return new EngineError("invalid", `unknown flag: --${name}${hint}${seeHelp}`);
}

/** The text of `gantry daemon --help`. */
export function helpText(): string {
  const rows = flagOptions.map((option) => {
    const value = option.kind === "bool" ? "" : ` ${option.kind}`;
    const left = `  ${option.short === undefined ? "    " : `-${option.short}, `}--${option.flag}${value}`;
    const marks = [
      option.default === undefined ? "" : ` (default ${option.default})`,
      option.use === "refused" ? " (not supported)" : "",
    ].join("");
    return [left, `${option.summary}${marks}`] as const;
  });
  rows.push(["      --config-file string", "Configuration file (default /etc/gantry/daemon.json)"]);
  rows.push(["      --validate", "Check the configuration and exit"]);
  rows.push(["  -v, --version", "Print the version and exit"]);
  rows.sort(([a], [b]) => (a.trim().replace(/^-\w, /, "") < b.trim().replace(/^-\w, /, "") ? -1 : 1));
  const width = Math.max(...rows.map(([left]) => left.length)) + 3;
  const lines = rows.map(([left, right]) => `${left.padEnd(width)}${right}`);
  return `\nUsage:  gantry daemon [OPTIONS]\n\nRun the engine.\n\nOptions:\n${lines.join("\n")}\n`;
}
