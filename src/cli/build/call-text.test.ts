import { expect, test } from "bun:test";
import { callError, callText } from "./call-text.ts";

// As buildx 0.29 prints the same answers.
test("outlines and targets are tables", () => {
  const outline = {
    name: "out",
    args: [{ name: "V", value: "2", description: "is the version" }],
    secrets: [{ name: "tok" }, { name: "r", required: true }],
    ssh: [{ name: "default" }],
  };
  const lines = [
    "TARGET: out",
    "",
    "BUILD ARG   VALUE   DESCRIPTION",
    "V           2       is the version",
    "",
    "SECRET   REQUIRED",
    "tok      ",
    "r        true",
    "",
    "SSH       REQUIRED",
    "default   ",
    "",
    "",
  ];
  expect(callText("outline", outline)).toBe(lines.join("\n"));
  const targets = { targets: [{ name: "build" }, {}, { name: "out", default: true }] };
  expect(callText("targets", targets)).toBe(
    "TARGET        DESCRIPTION\nbuild         \n              \nout (default) \n",
  );
});

test("checks show the lines they are about", () => {
  expect(callText("check", { warnings: null })).toBe("Check complete, no warnings found.\n");
  const data = Buffer.from("from a\nRUN x\n").toString("base64");
  const location = { ranges: [{ start: { line: 1 }, end: { line: 1 } }] };
  const warning = { ruleName: "Casing", url: "https://x/", detail: "Command 'from'", location };
  expect(callText("check", { warnings: [warning], sources: [{ filename: "D", data }] })).toBe(
    `Check complete, 1 warning has been found!

WARNING: Casing - https://x/
Command 'from'
D:1
--------------------
   1 | >>> from a
   2 |     RUN x
   3 |     
--------------------
`,
  );
});

test("a check tells why a Dockerfile could not be built, with its lines", () => {
  const sources = [{ filename: "D", data: Buffer.from("FROM a\nFOO\n").toString("base64") }];
  const location = { ranges: [{ start: { line: 2 }, end: { line: 2 } }] };
  const failed = { warnings: null, sources, buildError: { message: "unknown instruction: FOO", location } };
  expect(callText("check", failed)).toBe("");
  expect(callError(failed)).toStartWith("ERROR: unknown instruction: FOO\nD:2\n-----");
  expect(callError({ warnings: null, sources })).toBe("");
});
