// Every option that docker's client has for a command that is ours, too: there, with the same letter and the same kind of value.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cliReason, dockerCli, runDocker, runOurs } from "./testing/side-by-side.ts";

/** Without plugins: then `build` is the classic one, which ours is not; it and compose have suites of their own. */
const directory = mkdtempSync(join(tmpdir(), "gantry-options-"));
const env = { DOCKER_CONFIG: directory, HOME: directory, DOCKER_HOST: "unix:///nowhere" };
afterAll(() => rmSync(directory, { recursive: true }));

const checkpoints = ["checkpoint", "checkpoint-dir"];
/** Options of what an engine without clusters and checkpoints does not do: refused as unknown. */
const absent: Record<string, string[]> = {
  start: checkpoints,
  "container start": checkpoints,
  "volume create":
    "availability group limit-bytes required-bytes scope secret sharing topology-preferred topology-required type".split(
      " ",
    ),
  "volume ls": ["cluster"],
};
/** docker shows --help among the options of these alone; it is everywhere. */
const everywhere = new Set(["help"]);

describe.skipIf(dockerCli === undefined)(`options side by side (${cliReason})`, () => {
  test("each of docker's is ours, of every command that is", async () => {
    const missing: Record<string, string[]> = {};
    let compared = 0;
    for (const command of await commandsBelow([])) {
      const ours = await helpOf(runOurs, command);
      if (!isHelpOf(ours, command) || command.at(-1) === "build") continue;
      compared += 1;
      const own = optionsIn(ours);
      const theirs = optionsIn(await helpOf(runDocker, command));
      const differing = [...theirs].filter(([name, form]) => !everywhere.has(name) && own.get(name) !== form);
      if (differing.length > 0) missing[command.join(" ")] = differing.map(([name]) => name);
    }
    expect(missing).toEqual(absent);
    expect(compared).toBeGreaterThan(90);
  }, 120_000);

  test("those that are not ours are refused by name", async () => {
    for (const [command, options] of Object.entries(absent))
      for (const option of options) {
        const { code, stderr } = await runOurs({ args: [...command.split(" "), `--${option}=x`], env });
        expect([code, stderr]).toEqual([125, expect.stringContaining(`unknown flag: --${option}`)]);
      }
  });
});

type Run = typeof runDocker;

async function helpOf(run: Run, command: string[]): Promise<string> {
  const { stdout, stderr } = await run({ args: [...command, "--help"], env });
  return stdout + stderr;
}

/** docker's commands that are no groups of others, by their words. */
async function commandsBelow(command: string[]): Promise<string[][]> {
  const groups = (await helpOf(runDocker, command)).matchAll(/^[\w ]*Commands:\n((?: {2}\S.*\n?)+)/gm);
  const names = [...groups].flatMap(([, lines = ""]) => [...lines.matchAll(/^ {2}([\w-]+)/gm)]);
  if (names.length === 0) return [command];
  const below: string[][] = [];
  for (const [, name = ""] of names) below.push(...(await commandsBelow([...command, name])));
  return below;
}

function isHelpOf(help: string, command: string[]): boolean {
  return help.includes(`Usage:  docker ${command.join(" ")}`);
}

/** `-m, --memory bytes` by name: its letter, and what it takes. */
function optionsIn(help: string): Map<string, string> {
  const options = help.matchAll(/^ +(?:-(\w), +)?--([\w-]+)(?: (\w+))?(?= {2}|$)/gm);
  return new Map([...options].map(([, letter = "", name = "", kind = ""]) => [name, `${letter} ${kind}`]));
}
