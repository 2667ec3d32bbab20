import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { lifecycleCases } from "../parity/run-lifecycle.ts";
import { limitCases } from "../parity/run-limits.ts";
import { processCases } from "../parity/run-process.ts";
import { storageCases } from "../parity/run-storage.ts";
import { dockerClient } from "../support/drivers.ts";
import { Parity } from "../support/parity.ts";
import { allowedDifferences } from "../support/parity-allowed.ts";
import { TestEngine } from "../support/test-engine.ts";

const peer = process.env.GANTRY_PEER_HOST;
const cases = [...processCases, ...limitCases, ...storageCases, ...lifecycleCases];

if (peer === undefined || dockerClient() === undefined) {
  test.skip("parity with dockerd: GANTRY_PEER_HOST or the docker client is not there", () => {});
} else {
  describe("the same as dockerd", () => {
    let engine: TestEngine | undefined;
    let parity: Parity | undefined;
    beforeAll(async () => {
      engine = await TestEngine.start();
      parity = new Parity(engine.host, peer);
      await parity.prepare();
    }, 60_000);
    afterAll(async () => {
      await parity?.clean();
      expect(await engine?.dispose()).toEqual([]);
    }, 60_000);

    test.each(cases.map((question) => [question.title, question] as const))("%s", async (title, question) => {
      const answers = await parity?.ask(question);
      if (allowedDifferences[title] === undefined) expect(answers?.ours).toBe(answers?.theirs ?? "");
      else expect(answers?.ours).toMatch(/^exit \d+/);
    });
  });
}
