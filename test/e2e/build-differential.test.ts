import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cases } from "../build-differential/cases.ts";
import { Side } from "../build-differential/side.ts";
import type { ImageFacts } from "../build-differential/snapshot.ts";
import { Driver } from "../support/driver.ts";
import { dockerClient } from "../support/drivers.ts";
import { gantryBinary } from "../support/paths.ts";
import { TestEngine } from "../support/test-engine.ts";

// Every case is built here and compared with what BuildKit made of it: at the same time where GANTRY_PEER_HOST names a dockerd, else
// as it was recorded (`GANTRY_PEER_HOST=… GANTRY_RECORD=1 bun test test/e2e/build-differential.test.ts`, then `bun run format`).

setDefaultTimeout(60_000);
const recordPath = join(import.meta.dirname, "..", "build-differential", "buildkit.json");
const recorded = existsSync(recordPath)
  ? (JSON.parse(readFileSync(recordPath, "utf8")) as Record<string, ImageFacts>)
  : {};
const peerHost = process.env.GANTRY_PEER_HOST;
const docker = dockerClient();
const peer =
  peerHost === undefined || docker === undefined
    ? undefined
    : new Side(
        new Driver("buildx", "dockerd", peerHost, [docker.command], { DOCKER_CONFIG: docker.config }),
        ["buildx", "build", "--provenance=false"],
      );

describe("builds as BuildKit's", () => {
  let engine: TestEngine;
  let own: Side;
  const seen: Record<string, ImageFacts> = {};

  beforeAll(async () => {
    engine = await TestEngine.start();
    own = new Side(new Driver("gantry", "gantry", engine.host, [gantryBinary]), ["build"]);
    await Promise.all([own.prepare(), peer?.prepare()]);
  });
  afterAll(async () => {
    await Promise.all([own.clean(), peer?.clean()]);
    expect(await engine.dispose()).toEqual([]);
    if (process.env.GANTRY_RECORD === "1")
      writeFileSync(recordPath, `${JSON.stringify(seen, undefined, 1)}\n`);
  });

  for (const each of cases)
    test.concurrent(each.name, async () => {
      const expected = peer === undefined ? recorded[each.name] : await peer.facts(each);
      if (expected === undefined) throw new Error("not recorded yet: see the top of this file");
      seen[each.name] = expected;
      expect(await own.facts(each)).toEqual(expected);
    });
});
