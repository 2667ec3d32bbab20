import { describe, expect, test } from "bun:test";
import { expand } from "./expand.ts";

const values: Record<string, string> = {
  EMPTY: "",
  PATH: "/usr/bin:/bin",
  FILE: "archive.tar.gz",
  WORD: "two words",
  GREEK: "λ",
  _x1: "under",
};
const lookup = (name: string) => values[name];

// biome-ignore format: a table
const cases: [word: string, expected: string][] = [
  ["plain", "plain"],
  ["$PATH", "/usr/bin:/bin"],
  ["${PATH}:/x", "/usr/bin:/bin:/x"],
  ["a$NONE-b", "a-b"],
  ["$_x1", "under"],
  ["$", "$"],
  ["a$.b", "a$.b"],
  ["\\$PATH", "$PATH"],
  ["'$PATH'", "$PATH"],
  ['"$PATH"', "/usr/bin:/bin"],
  ['"\\$PATH \\" \\n"', '$PATH " \\n'],
  ["a\\ b", "a b"],
  ["${NONE:-default}", "default"],
  ["${EMPTY:-default}", "default"],
  ["${EMPTY-default}", ""],
  ["${NONE-default}", "default"],
  ["${NONE:-$GREEK}", "λ"],
  ["${NONE:-${NONE:-deep}}", "deep"],
  ["${PATH:+set}", "set"],
  ["${EMPTY:+set}", ""],
  ["${EMPTY+set}", "set"],
  ["${NONE+set}", ""],
  ["${PATH:?needed}", "/usr/bin:/bin"],
  ["${EMPTY?needed}", ""],
  ["${FILE#*.}", "tar.gz"],
  ["${FILE##*.}", "gz"],
  ["${FILE%.*}", "archive.tar"],
  ["${FILE%%.*}", "archive"],
  ["${FILE#archive}", ".tar.gz"],
  ["${FILE#nothing}", "archive.tar.gz"],
  ["${PATH/bin/sbin}", "/usr/sbin:/bin"],
  ["${PATH//bin/sbin}", "/usr/sbin:/sbin"],
  ["${PATH//:/ }", "/usr/bin /bin"],
  ["${PATH/\\/usr/}", "/bin:/bin"],
  ["${FILE/a?/<>}", "<>chive.tar.gz"],
];

describe("a word", () => {
  for (const [word, expected] of cases) {
    test(word, () => {
      expect(expand(word, lookup).text).toBe(expected);
    });
  }
});

// biome-ignore format: a table
const refused: [word: string, message: string][] = [
  ["${NONE:?}", "NONE: is not allowed to be unset"],
  ["${EMPTY:?}", "EMPTY: is not allowed to be empty"],
  ["${NONE?say it}", "NONE: say it"],
  ["${", "syntax error: missing '}'"],
  ["${PATH", "syntax error: missing '}'"],
  ["${PATH:-x", "syntax error: missing '}'"],
  ["${}", "syntax error: bad substitution"],
  ["${PATH:#x}", "unsupported modifier (:#) in substitution"],
  ["${PATH=x}", "unsupported modifier (=) in substitution"],
  ["'open", "unexpected end of statement while looking for matching single-quote"],
  ['"open', "unexpected end of statement while looking for matching double-quote"],
];

describe("refused", () => {
  for (const [word, message] of refused) {
    test(word, () => {
      expect(() => expand(word, lookup)).toThrow(`failed to process ${JSON.stringify(word)}: ${message}`);
    });
  }
});

test("words part at blanks that are not quoted, also those of values", () => {
  expect(expand("a $WORD 'b c' \"$WORD\" ''", lookup).words).toEqual([
    "a",
    "two",
    "words",
    "b c",
    "two words",
    "",
  ]);
});

test("names that are not set are told, and may stay", () => {
  const { text, unset } = expand("$A ${B:-b} $PATH ${C##x}", lookup, { keepUnset: true });
  expect(text).toBe("$A ${B:-b} /usr/bin:/bin ${C##x}");
  expect([...unset]).toEqual(["A", "B", "C"]);
});

test("quotes are text in a heredoc", () => {
  expect(expand(`it's "$GREEK" \\$GREEK`, lookup, { literalQuotes: true }).text).toBe(`it's "λ" $GREEK`);
});

test("the escape character is the Dockerfile's", () => {
  expect(expand("C:\\dir`$PATH", lookup, { escape: "`" }).text).toBe("C:\\dir$PATH");
});
