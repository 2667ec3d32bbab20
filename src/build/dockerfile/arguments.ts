import { parseJsonList } from "./json-list.ts";
import type { EscapeCharacter } from "./node.ts";
import { quotedWords } from "./quoted-words.ts";
import { cutBlank, splitBlanks } from "./split-command.ts";

/** What follows keyword and flags, taken apart. */
export interface Arguments {
  words: string[];
  json: boolean;
}

type ArgumentReader = (rest: string, escape: EscapeCharacter, keyword: string) => Arguments;

/** How each instruction's arguments are written; ONBUILD holds a whole instruction instead. Readers throw Errors. */
export const argumentReaders: Readonly<Record<string, ArgumentReader>> = {
  add: jsonOrWords,
  arg: (rest, escape) => plain(quotedWords(rest, escape)),
  cmd: jsonOrLine,
  copy: jsonOrWords,
  entrypoint: jsonOrLine,
  env: namesAndValues,
  expose: (rest) => plain(splitBlanks(rest)),
  from: (rest) => plain(splitBlanks(rest)),
  healthcheck: kindAndCommand,
  label: namesAndValues,
  maintainer: line,
  run: jsonOrLine,
  shell: jsonOrLine,
  stopsignal: line,
  user: line,
  volume: jsonOrWords,
  workdir: line,
};

function plain(words: string[]): Arguments {
  return { words, json: false };
}

function line(rest: string): Arguments {
  return plain(rest === "" ? [] : [rest]);
}

function jsonOrLine(rest: string): Arguments {
  const list = parseJsonList(rest);
  return list === undefined ? line(rest) : { words: list, json: true };
}

function jsonOrWords(rest: string): Arguments {
  const list = parseJsonList(rest);
  return list === undefined ? plain(splitBlanks(rest)) : { words: list, json: true };
}

/** `CMD` and its command, or `NONE`. */
function kindAndCommand(rest: string): Arguments {
  if (rest === "") return plain([]);
  const [kind, command = ""] = cutBlank(rest);
  const { words, json } = jsonOrLine(command);
  return { words: [kind, ...words], json };
}

/** Triples of name, value and separator: `=`, or nothing for the old `ENV name the value`. */
function namesAndValues(rest: string, escape: EscapeCharacter, keyword: string): Arguments {
  const words = quotedWords(rest, escape);
  const [first] = words;
  if (first === undefined) return plain([]);
  if (!first.includes("=")) {
    const [name, value] = cutBlank(rest);
    if (value === undefined) throw new Error(`${keyword.toUpperCase()} must have two arguments`);
    return plain([name, value, ""]);
  }
  return plain(words.flatMap(nameAndValue));
}

function nameAndValue(word: string): string[] {
  const equals = word.indexOf("=");
  if (equals < 0)
    throw new Error(
      `Syntax error - can't find = in ${JSON.stringify(word)}. Must be of the form: name=value`,
    );
  return [word.slice(0, equals), word.slice(equals + 1), "="];
}
