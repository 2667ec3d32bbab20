// Before a test run: removes what earlier, crashed runs of this checkout left on the machine, and with --save FILE
// writes down what else is there. After it, with --report FILE: names everything of an engine that the run added,
// removes what is this checkout's, and fails if there was anything.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instanceOf } from "../../src/daemon/config.ts";
import { findLeftovers, removeEngineFiles } from "./leftovers.ts";
import { engineThings } from "./machine.ts";
import { runPrefix } from "./paths.ts";

const [mode, file = ""] = process.argv.slice(2);
const before = mode === "--report" ? new Set(readFileSync(file, "utf8").split("\n")) : new Set<string>();
const left = mode === "--report" ? (await engineThings()).filter((thing) => !before.has(thing)) : [];
for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(runPrefix))) {
  const directory = join(tmpdir(), name);
  const marks = { directory, instance: instanceOf(join(directory, "data")) };
  left.push(...(await findLeftovers(marks)));
  await removeEngineFiles(marks);
}
if (mode === "--save") writeFileSync(file, (await engineThings()).join("\n"));
if (mode === "--report") {
  for (const thing of new Set(left)) console.log(`left behind: ${thing}`);
  process.exitCode = left.length > 0 ? 1 : 0;
}
