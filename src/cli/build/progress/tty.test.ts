import { expect, test } from "bun:test";
import { TtyPrinter } from "./tty.ts";

const started = "2026-01-01T00:00:00.000Z";
const completed = "2026-01-01T00:00:01.500Z";
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** What stands on the screen in the end: cursor movements are followed, colours left out. */
function screenOf(written: string): string[] {
  const lines: string[] = [];
  let row = 0;
  for (const [, up, newline, text] of written.matchAll(
    /\u001b\[(\d+)A|(\n)|\u001b\[[0-9;?]*[A-Za-z]|\r|([^\u001b\n\r]+)/g,
  )) {
    if (up !== undefined) row -= Number(up);
    else if (newline !== undefined) row += 1;
    else if (text !== undefined) lines[row] = text;
  }
  return lines.map((line) => (line ?? "").trimEnd());
}

function printer(columns: number, rows: number, colour = false): { tty: TtyPrinter; written: () => string } {
  let written = "";
  const screen = {
    write: (text: string) => (written += text),
    columns: () => columns,
    rows: () => rows,
    colour,
  };
  return { tty: new TtyPrinter(screen), written: () => written };
}

test("steps stand below each other with their times, cut to the terminal", () => {
  const { tty, written } = printer(40, 24);
  tty.trace({
    vertexes: [
      { digest: "a", name: "[1/2] FROM base", started, completed, cached: true },
      { digest: "b", name: `[2/2] RUN ${"x".repeat(60)}`, started, completed },
      { digest: "c", name: "never begun" },
    ],
    statuses: [
      { id: "pulling", vertex: "a", current: 5e6, total: 1e7, timestamp: completed, started, completed },
    ],
  });
  tty.end();
  const [title, ...lines] = screenOf(written());
  expect(title).toMatch(/^\[\+\] Building \d+\.\ds \(2\/3\) FINISHED$/);
  expect(lines).toEqual([
    " => CACHED [1/2] FROM base          1.5s",
    " => => pulling 5MB / 10MB           1.5s",
    ` => [2/2] RUN ${"x".repeat(21)} 1.5s`,
  ]);
});

test("nothing a step prints moves the cursor, and colours are left to who wants them", () => {
  const vertex = { digest: "a", name: "RUN \u001b[2Aevil\u0007", started, completed };
  const plain = printer(40, 24);
  plain.tty.trace({ vertexes: [vertex] });
  plain.tty.end();
  expect(screenOf(plain.written())[1]).toStartWith(" => RUN evil");
  expect(plain.written()).not.toContain("\u001b[34m");
  const coloured = printer(40, 24, true);
  coloured.tty.trace({ vertexes: [vertex] });
  coloured.tty.end();
  expect(coloured.written()).toContain("\u001b[34m");
});

test("what failed is shown in the end with its output", () => {
  const { tty, written } = printer(60, 24);
  tty.trace({ vertexes: [{ digest: "a", name: "RUN x", started }] });
  tty.trace({ logs: [{ vertex: "a", stream: 2, data: base64("why\n"), timestamp: completed }] });
  tty.trace({ vertexes: [{ digest: "a", name: "RUN x", started, completed, error: "exit code: 1" }] });
  tty.end();
  expect(written()).toEndWith("------\n > RUN x:\n1.500 why\n------\n");
  expect(screenOf(written())[1]).toStartWith(" => ERROR RUN x");
});
