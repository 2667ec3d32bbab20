// Removes what earlier, crashed test runs of this checkout left on the machine. With --report: lists it first, and
// fails if there was anything, as the last step of a test run.
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instanceOf } from "../../src/daemon/config.ts";
import { findLeftovers, removeEngineFiles } from "./leftovers.ts";
import { runPrefix } from "./paths.ts";

const report = process.argv.includes("--report");
let found = 0;
for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(runPrefix))) {
  const directory = join(tmpdir(), name);
  const marks = { directory, instance: instanceOf(join(directory, "data")) };
  for (const line of [...(await findLeftovers(marks)), `directory ${directory}`]) {
    found += 1;
    if (report) console.log(`left behind: ${line}`);
  }
  await removeEngineFiles(marks);
}
process.exitCode = report && found > 0 ? 1 : 0;
