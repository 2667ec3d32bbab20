import type { Flag, ParsedFlags } from "./command.ts";
import { parseBool, parseInteger } from "./go-number.ts";
import { suggestFlag } from "./suggest.ts";

type Value = boolean | string | number | string[];

export interface Parsed {
  flags: ParsedFlags;
  args: string[];
  /** `--help` was among the flags; nothing after it was read. */
  help: boolean;
  /** What to say of deprecated flags that were used. */
  notices: string[];
}

/** What is wrong with a command line, in pflag's words; the caller adds the usage. */
export class FlagError extends Error {
  /** The flag that was likely meant. */
  readonly suggestion: string | undefined;

  constructor(message: string, suggestion?: string) {
    super(message);
    this.name = "FlagError";
    this.suggestion = suggestion;
  }
}

/**
 * Reads flags as Go's pflag does: `-it`, `-p80:80`, `-p=80:80`, `--name=x`, `--name x`, `--rm=false`, `--`.
 * `flagsFirst` ends them at the first argument. Throws FlagError.
 */
export function parseFlags(flags: readonly Flag[], argv: readonly string[], flagsFirst = false): Parsed {
  return new Parser(flags, argv, flagsFirst).parse();
}

class Parser {
  readonly #flags: readonly Flag[];
  readonly #argv: readonly string[];
  readonly #flagsFirst: boolean;
  readonly #values = new Map<string, Value>();
  #next = 0;
  #help = false;
  readonly #notices: string[] = [];

  constructor(flags: readonly Flag[], argv: readonly string[], flagsFirst: boolean) {
    this.#flags = flags;
    this.#argv = argv;
    this.#flagsFirst = flagsFirst;
  }

  parse(): Parsed {
    const args: string[] = [];
    while (this.#next < this.#argv.length && !this.#help) {
      const word = this.#argv[this.#next++] ?? "";
      if (word === "--") break;
      if (word.startsWith("--")) this.#long(word);
      else if (word.length > 1 && word.startsWith("-")) this.#shorts(word);
      else {
        args.push(word);
        if (this.#flagsFirst) break;
      }
    }
    args.push(...this.#argv.slice(this.#next));
    return { flags: new FlagValues(this.#values), args, help: this.#help, notices: this.#notices };
  }

  #long(word: string): void {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    if (name === "" || name.startsWith("-")) throw new FlagError(`bad flag syntax: ${word}`);
    const flag = this.#flags.find((flag) => flag.name === name);
    if (flag === undefined) {
      if (name === "help") this.#help = equals < 0 || parseBool(word.slice(equals + 1));
      else throw new FlagError(`unknown flag: --${name}`, suggestFlag(`--${name}`, this.#flags));
      return;
    }
    if (equals >= 0) this.#set(flag, word.slice(equals + 1));
    else if (flag.kind === "bool") this.#set(flag, "true");
    else if (flag.kind === "optional") this.#set(flag, "");
    else this.#set(flag, this.#argument(`flag needs an argument: --${name}`));
  }

  /** `-abc`: each letter a flag, until one takes a value: the rest of the word, or the next word. */
  #shorts(word: string): void {
    for (let at = 1; at < word.length && !this.#help; at++) {
      const letter = word[at] ?? "";
      const flag = this.#flags.find((flag) => flag.short === letter);
      if (flag === undefined) {
        if (letter !== "h") {
          const suggestion = suggestFlag(word, this.#flags);
          throw new FlagError(`unknown shorthand flag: '${letter}' in -${word.slice(at)}`, suggestion);
        }
        this.#help = true;
        this.#notices.push("Flag shorthand -h has been deprecated, use --help");
        return;
      }
      const rest = word.slice(at + 1);
      if (rest.length > 1 && rest.startsWith("=")) return this.#set(flag, rest.slice(1));
      if (flag.kind === "bool") this.#set(flag, "true");
      else if (flag.kind === "optional") this.#set(flag, "");
      else if (rest !== "") return this.#set(flag, rest);
      else return this.#set(flag, this.#argument(`flag needs an argument: '${letter}' in ${word}`));
    }
  }

  #argument(missing: string): string {
    const value = this.#argv[this.#next];
    if (value === undefined) throw new FlagError(missing);
    this.#next++;
    return value;
  }

  #set(flag: Flag, text: string): void {
    try {
      flag.check?.(text);
      this.#values.set(flag.name, this.#value(flag, text));
      if (flag.deprecated !== undefined)
        this.#notices.push(`Flag --${flag.name} has been deprecated, ${flag.deprecated}`);
    } catch (error) {
      const shown = flag.short === undefined ? `--${flag.name}` : `-${flag.short}, --${flag.name}`;
      const reason = error instanceof Error ? error.message : String(error);
      throw new FlagError(`invalid argument ${JSON.stringify(text)} for "${shown}" flag: ${reason}`);
    }
  }

  #value(flag: Flag, text: string): Value {
    switch (flag.kind) {
      case "bool":
        return parseBool(text);
      case "int":
        return parseInteger(text);
      case "list":
        return [...((this.#values.get(flag.name) as string[] | undefined) ?? []), text];
      case "string":
      case "optional":
        return text;
    }
  }
}

/** The values of flags by name; absent ones are false, undefined or empty. */
export class FlagValues implements ParsedFlags {
  readonly #values: ReadonlyMap<string, Value>;

  constructor(values: ReadonlyMap<string, Value>) {
    this.#values = values;
  }

  bool(name: string): boolean {
    return this.#values.get(name) === true;
  }

  string(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  int(name: string): number | undefined {
    const value = this.#values.get(name);
    return typeof value === "number" ? value : undefined;
  }

  list(name: string): string[] {
    const value = this.#values.get(name);
    return Array.isArray(value) ? value : [];
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }
}
