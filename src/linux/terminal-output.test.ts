import { expect, test } from "bun:test";
import { closeSync } from "node:fs";
import { passOutputAsIs } from "./terminal-output.ts";

test("a newline to a terminal stays one byte", async () => {
  const script = `
    const { passOutputAsIs } = await import(${JSON.stringify(import.meta.resolve("./terminal-output.ts"))});
    const { writeSync } = await import("node:fs");
    writeSync(1, "before\\n");
    passOutputAsIs(1);
    writeSync(1, "after\\n");`;
  let seen = "";
  const child = Bun.spawn([process.execPath, "-e", script], {
    terminal: {
      cols: 80,
      rows: 24,
      data: (_, data) => {
        seen += Buffer.from(data).toString("latin1");
      },
    },
  });
  expect(await child.exited).toBe(0);
  child.terminal?.close();
  expect(seen).toBe("before\r\nafter\n");
});

test("what is no terminal is refused", async () => {
  const { openSync } = await import("node:fs");
  const fd = openSync("/dev/null", "r+");
  try {
    expect(() => passOutputAsIs(fd)).toThrow("ENOTTY");
  } finally {
    closeSync(fd);
  }
});
