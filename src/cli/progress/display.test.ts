import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeEngine } from "../testing/fake-engine.ts";
import { runOurs, words } from "../testing/side-by-side.ts";
import { progressBar } from "./bar.ts";
import recorded from "./testdata/terminal.json";

/** What docker 28.5.2 writes to a terminal of so many columns, for the fake engine's streams. */
interface Vector {
  columns: number;
  line: string;
  shown: string;
}

describe("progress on a terminal is docker's", () => {
  for (const { columns, line, shown } of recorded as Vector[]) {
    test(`${line} on ${columns} columns`, async () => {
      const directory = mkdtempSync(join(tmpdir(), "gantry-progress-"));
      await using engine = await startFakeEngine(join(directory, "engine.sock"));
      const env = { DOCKER_HOST: engine.host, DOCKER_CONFIG: directory, HOME: directory };
      const { stdout, stderr } = await runOurs({ args: words(line), env, columns });
      rmSync(directory, { recursive: true });
      expect(stdout + stderr).toBe(shown);
    });
  }
});

test("the time left is told while there is room and it is not done", () => {
  const detail = { current: 10, total: 40, start: 1000 };
  expect(progressBar(detail, 60, 1_020_000)).toBe("     10B/40B 1m0s");
  expect(progressBar(detail, 40, 1_020_000)).toBe("     10B/40B");
  expect(progressBar({ ...detail, current: 40 }, 60, 1_020_000)).toBe("     40B/40B");
  expect(progressBar({ current: 3, total: 9, units: "layers" }, 60)).toBe("3/9 layers");
  expect(progressBar({ current: 3, total: 9, hidecounts: true }, 60)).toBe("");
});
