import { expect, test } from "bun:test";
import { parseFlags } from "../parse.ts";
import { callFlag } from "./call-flag.ts";
import { checkFlags } from "./check-flags.ts";
import { buildFlags } from "./flags.ts";

const flagsOf = (...words: string[]) => parseFlags(buildFlags, words).flags;

/** What is said on standard error, or the refusal. */
function said(...words: string[]): string {
  let text = "";
  const terminal = { err: (more: string) => (text += more) };
  try {
    checkFlags({ flags: flagsOf(...words), terminal: terminal as never });
  } catch (error) {
    return (error as Error).message;
  }
  return text;
}

// The words are those of buildx 0.29.
test.each([
  [["-t", "UPPER"], 'invalid tag "UPPER": repository name must be lowercase'],
  [["-t", "a:b:c"], 'invalid tag "a:b:c": invalid reference format'],
  [["--build-arg", "=x"], 'invalid key-value pair "=x": empty key'],
  [["--label", ""], 'invalid key-value pair "": empty key'],
  [["--builder", "other"], 'no builder "other" found'],
  [["--secret", "src=x"], "secret missing ID"],
  [["-o", "type=local"], "dest is required for local exporter"],
  [["-q", "--progress", "plain"], "progress=plain and quiet cannot be used together"],
  [["--isolation", "x"], "WARNING: isolation flag is deprecated with BuildKit.\n"],
  [["-q", "--builder", "default", "-t", "a/b:c", "--progress", "none"], ""],
])("build %p", (words, text) => {
  expect(said(...words)).toBe(text);
});

test("--call says what is asked for, and how it is shown", () => {
  expect(callFlag(flagsOf())).toBeUndefined();
  expect(callFlag(flagsOf("--call", "build"))).toBeUndefined();
  expect(callFlag(flagsOf("--check"))).toEqual({ method: "check", json: false, ignoreStatus: false });
  expect(callFlag(flagsOf("--call", "outline,format=json"))).toEqual({
    method: "outline",
    json: true,
    ignoreStatus: false,
  });
  expect(callFlag(flagsOf("--call", "check,ignorestatus=true"))?.ignoreStatus).toBe(true);
  expect(() => callFlag(flagsOf("--call", "check,x=y"))).toThrow("invalid print field: x=y");
  expect(() => callFlag(flagsOf("--call", "outline,x"))).toThrow("invalid print value: outline,x");
  expect(() => callFlag(flagsOf("--call", "check,ignorestatus=x"))).toThrow(
    'invalid ignorestatus print value: x: strconv.ParseBool: parsing "x": invalid syntax',
  );
});
