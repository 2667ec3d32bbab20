// Every question of test/parity, put to our engine and to dockerd: a live one (GANTRY_PEER_HOST), else its recorded answers.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { withAllowed } from "../parity/allowed.ts";
import { Asker, dockerdPlaces } from "../parity/ask.ts";
import type { ParityCase } from "../parity/case.ts";
import { type Golden, machineFacts, readGolden } from "../parity/golden.ts";
import { Lanes } from "../parity/lanes.ts";
import { tables } from "../parity/tables.ts";
import { dockerClient } from "../support/drivers.ts";
import { cgroupParent } from "../support/leftovers.ts";
import { gantryBinary } from "../support/paths.ts";
import { TestEngine } from "../support/test-engine.ts";

const client = dockerClient();
const peer = client === undefined ? undefined : process.env.GANTRY_PEER_HOST;
/** Recorded answers are also our command's to give; GANTRY_PARITY_CLIENT=docker asks by docker's own. */
const byDocker =
  client !== undefined && (peer !== undefined || process.env.GANTRY_PARITY_CLIENT === "docker");
const lanes = new Lanes(4);
let engine: TestEngine;
let ours: Asker;
let theirs: Asker | undefined;

// The cases wait for each other.
setDefaultTimeout(240_000);

beforeAll(async () => {
  engine = await TestEngine.start();
  ours = new Asker("gantry", engine.host, byDocker ? client : { command: gantryBinary }, [
    [`${engine.dataRoot}/`, "<data>/"],
    [`${engine.execRoot}/`, "<run>/"],
    [`${cgroupParent(engine.instance)}/`, "<cgroup>/"],
  ]);
  theirs = peer && client ? new Asker("dockerd", peer, client, dockerdPlaces) : undefined;
  await Promise.all([ours.prepare(), theirs?.prepare()]);
}, 60_000);

afterAll(async () => {
  await Promise.all([ours.clean(), theirs?.clean()]);
  expect(await engine.dispose()).toEqual([]);
}, 60_000);

for (const [table, cases] of Object.entries(tables)) {
  const golden = readGolden(table);
  describe(`${table}, ${peer === undefined ? "as dockerd was recorded" : "as dockerd"}`, () => {
    for (const question of cases) {
      const skip = peer === undefined ? reasonToSkip(question, golden) : undefined;
      if (skip !== undefined) test.skip(`${question.title}: ${skip}`, () => {});
      else
        test.concurrent(question.title, () =>
          lanes.run(question, async () => {
            const [answer, wanted] = await Promise.all([
              ours.ask(question),
              theirs?.ask(question) ?? golden?.answers.get(question.title) ?? "",
            ]);
            expect(answer.trimEnd()).toBe(withAllowed(question.title, wanted.trimEnd(), byDocker));
          }),
        );
    }
  });
}

function reasonToSkip(question: ParityCase, golden: Golden | undefined): string | undefined {
  if (golden?.answers.has(question.title) !== true) return "nothing was recorded";
  if (question.machine === true && golden.machine !== machineFacts())
    return `recorded on another machine (${golden.machine})`;
  return undefined;
}
