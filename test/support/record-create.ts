// Writes down what the real docker command makes of every line of cases.txt:
//   GANTRY_DOCKER_CLI=/path/to/docker bun test/support/record-create.ts
// src/cli/create/create-differential.test.ts then holds ours against it.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startRecordingEngine } from "./recording-engine.ts";
import { flatten } from "./flatten.ts";

const directory = join(import.meta.dirname, "../../src/cli/create/testdata");
const docker = process.env.GANTRY_DOCKER_CLI ?? "docker";
const engine = await startRecordingEngine();
const lines = readFileSync(join(directory, "cases.txt"), "utf8").split("\n");
const recorded: Record<string, unknown>[] = [];
let base: Record<string, unknown> | undefined;
for (const line of lines) {
  if (line === "" || line.startsWith("#")) continue;
  const argv = (await shell(`printf '%s\\0' ${line}`)).stdout.split("\0").slice(0, -1);
  const { code, stderr } = await shell(`exec "$DOCKER" ${line}`);
  const request = engine.take()[0];
  const fields = request?.body === undefined ? undefined : flatten(request.body);
  base ??= fields;
  recorded.push({
    line,
    argv: portable(argv),
    code,
    stderr: portable(stderr),
    ...(request !== undefined && { path: request.path }),
    ...(fields !== undefined && { differs: portable(difference(base ?? {}, fields)) }),
  });
}
engine.close();
const rows = recorded.map((row) => JSON.stringify(row)).join(",\n");
writeFileSync(join(directory, "expected.json"), `{"base":${JSON.stringify(base)},\n"cases":[\n${rows}\n]}\n`);
console.log(`${recorded.length} cases recorded`);

/** What stands in every other case as in the first is left out; null for what is absent. */
function difference(from: Record<string, unknown>, to: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (JSON.stringify(from[name]) !== JSON.stringify(to[name])) result[name] = to[name] ?? "(absent)";
  }
  return result;
}

function portable<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll(directory, "<DIRECTORY>")) as T;
}

function shell(command: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const env = {
    PATH: process.env.PATH,
    HOME: "/root",
    FROM_ENV: "from env",
    DOCKER: docker,
    DOCKER_HOST: engine.host,
    DOCKER_CONFIG: "/nonexistent",
  };
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", command], { cwd: directory, env, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
