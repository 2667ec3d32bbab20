import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { releaseCodePages } from "./release-code-pages.ts";

/** Kilobytes of this program's code that are mapped now. */
function mappedCodeKb(): number {
  let ours = false;
  let sum = 0;
  for (const line of readFileSync("/proc/self/smaps", "utf8").split("\n")) {
    if (/^[0-9a-f]+-/.test(line)) ours = line.includes(" r-xp ") && line.endsWith(process.execPath);
    else if (ours && line.startsWith("Rss:")) sum += Number(/\d+/.exec(line)?.[0]);
  }
  return sum;
}

test("the program goes on with its code given back", () => {
  const before = mappedCodeKb();
  releaseCodePages();
  expect(mappedCodeKb()).toBeLessThan(before);
  expect(JSON.parse(JSON.stringify({ still: ["here"] }))).toEqual({ still: ["here"] });
});
