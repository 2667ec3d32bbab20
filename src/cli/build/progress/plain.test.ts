import { describe, expect, test } from "bun:test";
import type { BuildTrace, BuildVertex } from "../../../spec/api/build.ts";
import { sourceExcerpt } from "../error-excerpt.ts";
import { PlainPrinter } from "./plain.ts";

const second = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const base64 = (text: string) => Buffer.from(text).toString("base64");
const vertex = (digest: string, name: string, rest: Partial<BuildVertex> = {}): BuildTrace => ({
  vertexes: [{ digest, name, started: second(0), ...rest }],
});
const log = (digest: string, seconds: number, text: string, stream = 1): BuildTrace => ({
  logs: [{ vertex: digest, stream, data: base64(text), timestamp: second(seconds) }],
});

function printed(traces: BuildTrace[], now: () => number = () => 0): string {
  let text = "";
  const printer = new PlainPrinter((more) => (text += more), now);
  for (const trace of traces) printer.trace(trace);
  printer.end();
  return text;
}

describe("plain progress", () => {
  test("numbers steps, times their lines, and tells their end", () => {
    const text = printed([
      vertex("a", "[1/3] FROM base", { completed: second(0), cached: true }),
      vertex("b", "[2/3] RUN make"),
      log("b", 0.128, "one\ntwo"),
      log("b", 0.5, " more\nlast"),
      vertex("b", "[2/3] RUN make", { completed: second(1.26) }),
    ]);
    expect(text).toBe(`#1 [1/3] FROM base
#1 CACHED

#2 [2/3] RUN make
#2 0.128 one
#2 0.500 two more
#2 1.260 last
#2 DONE 1.3s
`);
  });

  test("keeps steps that run side by side apart", () => {
    const text = printed([
      log("a", 0.1, "a1\n"),
      log("b", 0.1, "b1\n"),
      log("a", 0.2, "a2\n"),
      vertex("a", "A", { completed: second(1) }),
      log("b", 0.3, "b2\n"),
    ]);
    expect(text.split("\n").filter((line) => line.startsWith("#"))).toEqual([
      "#1 ",
      "#1 0.000 a1",
      "#1 0.000 a2",
      "#1 DONE 1.0s",
      "#2 ",
      "#2 0.000 b1",
      "#2 0.000 b2",
    ]);
  });

  test("lets none wait for one that says nothing", () => {
    const times = [0, 0, 6000, 6000, 6000];
    const text = printed(
      [vertex("a", "A"), log("a", 1, "a1\n"), vertex("b", "B"), log("b", 1, "b1\n"), log("b", 1, "b2\n")],
      () => times.shift() ?? 6000,
    );
    expect(text).toBe("#1 A\n#1 1.000 a1\n#1 ...\n\n#2 B\n#2 1.000 b1\n#2 1.000 b2\n");
  });

  test("ends with what failed steps printed, and with warnings", () => {
    const text = printed([
      { warnings: [{ vertex: "l", level: 1, short: base64("FromAsCasing: 'as' (line 1)") }] },
      vertex("a", "[2/2] RUN x"),
      log("a", 0.4, "why\n", 2),
      vertex("a", "[2/2] RUN x", { completed: second(1), error: "exit code: 3" }),
      vertex("b", "other", { completed: second(1), error: "context canceled" }),
    ]);
    expect(text.slice(text.indexOf("#2 ERROR"))).toBe(`#2 ERROR: exit code: 3

#3 other
#3 CANCELED
------
 > [2/2] RUN x:
0.400 why
------

 1 warning found (use --check to expand):
 - FromAsCasing: 'as' (line 1)
`);
  });
});

test("an excerpt marks the lines that are to blame", () => {
  const lines = ["FROM a", "", "RUN x \\", "  y", "CMD z", "USER u", ""];
  expect(
    sourceExcerpt({ file: "Dockerfile", lines, ranges: [{ startLine: 3, endLine: 4 }] }),
  ).toBe(`Dockerfile:3
--------------------
   2 |     
   3 | >>> RUN x \\
   4 | >>>   y
   5 |     CMD z
--------------------
`);
  expect(sourceExcerpt({ file: "D", lines, ranges: [{ startLine: 6, endLine: 6 }] })).toContain(
    "\n   4 |       y\n   5 |     CMD z\n   6 | >>> USER u\n   7 |     \n---",
  );
});
