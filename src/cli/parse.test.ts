import { describe, expect, test } from "bun:test";
import type { Flag } from "./command.ts";
import { FlagError, parseFlags } from "./parse.ts";

const flags: readonly Flag[] = [
  { name: "interactive", short: "i", kind: "bool", summary: "" },
  { name: "tty", short: "t", kind: "bool", summary: "" },
  { name: "rm", kind: "bool", summary: "" },
  { name: "name", kind: "string", summary: "" },
  { name: "publish", short: "p", kind: "list", summary: "" },
  { name: "pull", kind: "string", summary: "" },
  { name: "last", short: "n", kind: "int", summary: "" },
  { name: "color", kind: "optional", summary: "" },
  { name: "time", kind: "int", summary: "", deprecated: "use --timeout instead" },
  {
    name: "memory",
    short: "m",
    kind: "string",
    summary: "",
    check: (value) => {
      if (value === "abc") throw new Error("invalid size: 'abc'");
    },
  },
];

function failure(line: string): FlagError {
  try {
    parseFlags(flags, line.split(" "));
  } catch (error) {
    if (error instanceof FlagError) return error;
  }
  throw new Error(`${line} was taken`);
}

describe("flags as pflag reads them", () => {
  test("letters together, the last with its value at once, after = or as the next word", () => {
    for (const line of ["-itp80:80", "-it -p=80:80", "-it -p 80:80", "--interactive --tty --publish=80:80"]) {
      const parsed = parseFlags(flags, line.split(" ")).flags;
      expect([parsed.bool("interactive"), parsed.bool("tty"), parsed.list("publish")]).toEqual([
        true,
        true,
        ["80:80"],
      ]);
    }
  });

  test("a bool takes a value only after =", () => {
    expect(parseFlags(flags, ["--rm=false"]).flags.bool("rm")).toBe(false);
    expect(parseFlags(flags, ["--rm=T"]).flags.bool("rm")).toBe(true);
    expect(parseFlags(flags, ["--rm", "false"]).args).toEqual(["false"]);
  });

  test("the last of a string counts, a list keeps all", () => {
    const parsed = parseFlags(flags, "--name a -p 1 --name=b -p 2".split(" ")).flags;
    expect([parsed.string("name"), parsed.list("publish")]).toEqual(["b", ["1", "2"]]);
  });

  test("a value may look like a flag, and be empty", () => {
    expect(parseFlags(flags, ["--name", "--rm"]).flags.string("name")).toBe("--rm");
    expect(parseFlags(flags, ["--name="]).flags.string("name")).toBe("");
    expect(parseFlags(flags, ["--name="]).flags.has("name")).toBe(true);
  });

  test("an optional value never takes the next word", () => {
    const parsed = parseFlags(flags, ["--color", "x"]);
    expect([parsed.flags.string("color"), parsed.args]).toEqual(["", ["x"]]);
    expect(parseFlags(flags, ["--color=red"]).flags.string("color")).toBe("red");
  });

  test("numbers in Go's notations", () => {
    for (const [text, number] of [
      ["10", 10],
      ["-3", -3],
      ["0x10", 16],
      ["010", 8],
      ["1_000", 1000],
    ] as const)
      expect(parseFlags(flags, [`--last=${text}`]).flags.int("last")).toBe(number);
  });

  test("arguments among flags; -- ends them; - is an argument", () => {
    const parsed = parseFlags(flags, "a --rm b - -- --name c".split(" "));
    expect([parsed.args, parsed.flags.bool("rm"), parsed.flags.has("name")]).toEqual([
      ["a", "b", "-", "--name", "c"],
      true,
      false,
    ]);
  });

  test("flags first: the first argument ends them", () => {
    const parsed = parseFlags(flags, "--rm bb --rm -- -it".split(" "), true);
    expect(parsed.args).toEqual(["bb", "--rm", "--", "-it"]);
    expect(parseFlags(flags, "--rm -- bb -- x".split(" "), true).args).toEqual(["bb", "--", "x"]);
  });

  test("help", () => {
    expect(parseFlags(flags, ["--help", "--nonsense"]).help).toBe(true);
    expect(parseFlags(flags, ["--help=false"]).help).toBe(false);
    expect(parseFlags(flags, ["-h"]).notices).toEqual(["Flag shorthand -h has been deprecated, use --help"]);
  });

  test("a deprecated flag says so", () => {
    expect(parseFlags(flags, ["--time", "3"]).notices).toEqual([
      "Flag --time has been deprecated, use --timeout instead",
    ]);
  });

  test("what is wrong, in pflag's words, and what was likely meant", () => {
    const expected: [line: string, message: string, suggestion?: string][] = [
      ["--foo", "unknown flag: --foo"],
      ["--foo=1", "unknown flag: --foo"],
      ["--it", "unknown flag: --it", "-it"],
      ["-rm", "unknown shorthand flag: 'r' in -rm", "--rm"],
      [
        "-name x",
        'invalid argument "ame" for "-n, --last" flag: strconv.ParseInt: parsing "ame": invalid syntax',
      ],
      ["--pul x", "unknown flag: --pul", "--pull"],
      ["-ix", "unknown shorthand flag: 'x' in -x"],
      ["--name", "flag needs an argument: --name"],
      ["-p", "flag needs an argument: 'p' in -p"],
      ["-itp", "flag needs an argument: 'p' in -itp"],
      ["---x", "bad flag syntax: ---x"],
      ["--=x", "bad flag syntax: --=x"],
      [
        "--rm=abc",
        'invalid argument "abc" for "--rm" flag: strconv.ParseBool: parsing "abc": invalid syntax',
      ],
      ["-n x", 'invalid argument "x" for "-n, --last" flag: strconv.ParseInt: parsing "x": invalid syntax'],
      ["-m abc", 'invalid argument "abc" for "-m, --memory" flag: invalid size: \'abc\''],
    ];
    for (const [line, message, suggestion] of expected) {
      const error = failure(line);
      expect([line, error.message, error.suggestion]).toEqual([line, message, suggestion]);
    }
  });
});
