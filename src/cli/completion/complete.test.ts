import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runOurs } from "../testing/side-by-side.ts";
import { complete, type Lookup } from "./complete.ts";
import { completionScript } from "./scripts.ts";

const names: Record<string, string[]> = {
  container: ["web", "worker", "db"],
  running: ["web"],
  image: ["bb", "bb:latest", "reg:5000/x:1"],
  network: ["bridge", "host"],
  volume: ["data"],
  context: ["default", "remote"],
};
const asked: (string | undefined)[] = [];
const lookUp: Lookup = async (source, globals) => {
  asked.push(globals.list("host").at(-1));
  return names[source] ?? [];
};

async function wordsFor(line: string): Promise<string[]> {
  const { candidates, files } = await complete(line.split(" "), lookUp);
  return [...candidates.map(({ word }) => word), ...(files ? [":files"] : [])];
}

describe("completes", () => {
  const cases: [line: string, expected: string[]][] = [
    ["volu", ["volume"]],
    ["image l", ["load", "ls"]],
    ["help ima", ["image", "images"]],
    ["--host unix:///x volu", ["volume"]],
    ["--ho", ["--host"]],
    ["rm w", ["web", "worker"]],
    ["container rm -f w", ["web", "worker"]],
    ["rmi ", ["bb", "bb:latest", "reg:5000/x:1"]],
    ["stop w", ["web"]],
    ["history b", ["bb", "bb:latest"]],
    ["history bb ", []],
    ["run --rm b", ["bb", "bb:latest"]],
    ["run --name b", []],
    ["run --name x b", ["bb", "bb:latest"]],
    ["run bb -", []],
    ["images --no", ["--no-trunc"]],
    ["load -i ", [":files"]],
    ["load --input=", [":files"]],
    ["inspect --type vo", ["volume"]],
    ["inspect --type=vo", ["--type=volume"]],
    ["network rm b", ["bridge"]],
    ["volume rm ", ["data"]],
    ["context use r", ["remote"]],
    ["nothing of the kind ", []],
    ["system dial", []],
  ];
  for (const [line, expected] of cases) {
    test(JSON.stringify(line), async () => {
      expect(await wordsFor(line)).toEqual(expected);
    });
  }

  test("an empty line with every command and group", async () => {
    const words = await wordsFor("");
    for (const word of ["images", "volume", "run", "ps", "completion"]) expect(words).toContain(word);
    expect(words.some((word) => word.startsWith("__"))).toBe(false);
  });

  test("names from the engine that the line means", async () => {
    asked.length = 0;
    await wordsFor("-H tcp://other:1 rm w");
    expect(asked).toEqual(["tcp://other:1"]);
  });
});

test("an engine out of reach and a broken configuration are no errors", async () => {
  const directory = mkdtempSync(join(tmpdir(), "gantry-complete-"));
  writeFileSync(join(directory, "config.json"), "{");
  for (const host of [`unix://${directory}/none.sock`, "nonsense://x", ""]) {
    const env = { DOCKER_HOST: host, DOCKER_CONFIG: directory, HOME: directory };
    expect(await runOurs({ args: ["__complete", "--", "rm", ""], env })).toEqual({
      stdout: ":none\n",
      stderr: "",
      code: 0,
    });
  }
  rmSync(directory, { recursive: true });
});

test("bash offers what follows the last colon", () => {
  const directory = mkdtempSync(join(tmpdir(), "gantry-complete-"));
  const program = join(directory, "gantry");
  // The program's answers are canned: the script is what is tested.
  writeFileSync(program, "#!/bin/sh\nprintf 'reg:5000/x\\nreg:5000/y\\tdescription\\n:none\\n'\n");
  chmodSync(program, 0o755);
  const script = `${completionScript("bash", "gantry")}
COMP_LINE='${program} rmi reg:50'; COMP_POINT=\${#COMP_LINE}; COMP_WORDBREAKS=$' \\t\\n:='
__gantry_complete
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  rmSync(directory, { recursive: true });
  expect({ stdout, stderr }).toEqual({ stdout: "5000/x\n5000/y\n", stderr: "" });
});

for (const shell of ["zsh", "fish"] as const) {
  const found = spawnSync("sh", ["-c", `command -v ${shell}`]).status === 0;
  test.skipIf(!found)(`${shell} reads its script${found ? "" : " (not installed)"}`, () => {
    const { status } = spawnSync(shell, ["-n"], { input: completionScript(shell, "gantry") });
    expect(status).toBe(0);
  });
}
