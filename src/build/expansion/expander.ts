import type { EscapeCharacter } from "../dockerfile/node.ts";
import type { ExpandOptions, Expansion, Lookup } from "./expand.ts";
import { substitute } from "./substitution.ts";
import { WordList } from "./word-list.ts";

/** Within a substitution escapes may have to stay for the pattern they stand in. */
interface Until {
  stop: string;
  rawEscapes: boolean;
}

/** Reads one word from left to right, once. */
export class Expander {
  readonly #characters: readonly string[];
  readonly #lookup: Lookup;
  readonly #escape: EscapeCharacter;
  readonly #options: ExpandOptions;
  readonly #unset = new Set<string>();
  #at = 0;

  constructor(word: string, lookup: Lookup, options: ExpandOptions) {
    this.#characters = Array.from(word);
    this.#lookup = lookup;
    this.#options = options;
    this.#escape = options.escape ?? "\\";
  }

  run(): Expansion {
    const list = new WordList();
    const text = this.#text(list);
    list.end();
    return { text, words: list.words, unset: this.#unset };
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string | undefined {
    return this.#characters[this.#at++];
  }

  /** Up to `until.stop`, which is taken, or the end. */
  #text(list: WordList, until?: Until): string {
    let text = "";
    for (let character = this.#peek(); character !== undefined; character = this.#peek()) {
      if (character === until?.stop) {
        this.#at++;
        return text;
      }
      text += this.#piece(character, list, until?.rawEscapes ?? false);
    }
    if (until !== undefined)
      throw new Error(`unexpected end of statement while looking for matching ${until.stop}`);
    return text;
  }

  #piece(character: string, list: WordList, rawEscapes: boolean): string {
    const literal = this.#options.literalQuotes === true;
    if (character === "$") return added(list, "add", this.#dollar());
    if (character === "'" && !literal) return added(list, "addQuoted", this.#singleQuoted());
    if (character === '"' && !literal) return added(list, "addQuoted", this.#doubleQuoted());
    this.#at++;
    if (character !== this.#escape) return added(list, "add", character);
    const next = this.#next();
    if (next === undefined) return "";
    return added(list, "addQuoted", rawEscapes ? character + next : next);
  }

  /** No escapes in there. */
  #singleQuoted(): string {
    this.#at++;
    let text = "";
    for (let character = this.#next(); character !== "'"; character = this.#next()) {
      if (character === undefined)
        throw new Error("unexpected end of statement while looking for matching single-quote");
      text += character;
    }
    return text;
  }

  #doubleQuoted(): string {
    this.#at++;
    let text = "";
    for (;;) {
      const character = this.#peek();
      if (character === "$") {
        text += this.#dollar();
        continue;
      }
      this.#at++;
      if (character === '"') return text;
      if (character === undefined)
        throw new Error("unexpected end of statement while looking for matching double-quote");
      text += character === this.#escape ? this.#escapedInQuotes() : character;
    }
  }

  /** Only what would otherwise mean something loses its escape. */
  #escapedInQuotes(): string {
    const next = this.#peek();
    if (next === undefined) return this.#escape;
    if (next !== '"' && next !== "$" && next !== this.#escape) return this.#escape;
    this.#at++;
    return next;
  }

  #dollar(): string {
    this.#at++;
    if (this.#peek() === "{") return this.#braced();
    const name = this.#name();
    if (name === "") return "$";
    return this.#value(name) ?? (this.#options.keepUnset ? `$${name}` : "");
  }

  #braced(): string {
    this.#at++;
    const first = this.#peek();
    if (first === undefined) throw new Error("syntax error: missing '}'");
    if ("{}:".includes(first)) throw new Error("syntax error: bad substitution");
    const start = this.#at;
    const name = this.#name();
    const value = this.#value(name);
    const result = substitute(name, value, {
      next: () => this.#next(),
      peek: () => this.#peek(),
      until: (stop, rawEscapes) => this.#operand(stop, rawEscapes),
    });
    if (value === undefined && this.#options.keepUnset)
      return `\${${this.#characters.slice(start, this.#at).join("")}`;
    return result();
  }

  #operand(stop: string, rawEscapes: boolean): string {
    try {
      return this.#text(new WordList(), { stop, rawEscapes });
    } catch (error) {
      if (this.#peek() === undefined)
        throw new Error(`syntax error: missing '${stop}'${stop === "/" ? " in ${" : ""}`, { cause: error });
      throw error;
    }
  }

  #value(name: string): string | undefined {
    const value = this.#lookup(name);
    if (value === undefined) this.#unset.add(name);
    return value;
  }

  /** Letters and digits, digits alone, or one of the shell's own. */
  #name(): string {
    const rest = this.#characters.slice(this.#at).join("");
    const name = /^(?:[\p{L}_][\p{L}\p{Nd}_]*|\p{Nd}+|[@*#?\-$!])/u.exec(rest)?.[0] ?? "";
    this.#at += Array.from(name).length;
    return name;
  }
}

function added(list: WordList, how: "add" | "addQuoted", text: string): string {
  list[how](text);
  return text;
}
