import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { flatten } from "../../../test/support/flatten.ts";
import { type RecordingEngine, startRecordingEngine } from "../../../test/support/recording-engine.ts";
import { readTextIfThere } from "../../linux/small-file.ts";
import { dispatch } from "../dispatch.ts";
import { memoryTerminal } from "../testing/memory-terminal.ts";
import expected from "./testdata/expected.json" with { type: "json" };

interface Case {
  line: string;
  argv: string[];
  code: number;
  stderr: string;
  path?: string;
  differs?: Record<string, unknown>;
}

/** Where we part from docker, and why. */
const apart: Record<string, string> = {
  "run -v : bb": "docker takes two characters for a path; a colon alone is refused here",
  "run -v /a:/b:c:d bb": "docker takes `c:d` for a Windows drive; left to the engine, as any other mode",
  "run --security-opt seccomp=env.list bb": "the words of JSON.parse, not of Go's json",
  "run --disable-content-trust=false bb": "no notary",
};

const directory = join(import.meta.dirname, "testdata");
let engine: RecordingEngine;
const home = process.cwd();

beforeAll(async () => {
  engine = await startRecordingEngine();
  process.chdir(directory);
});

afterAll(() => {
  process.chdir(home);
  engine.close();
});

/** Go's maps have no order: docker sends these in a different one each time. */
function sorted(fields: Record<string, unknown>): Record<string, unknown> {
  const unordered = ["Env", "HostConfig.Binds"];
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      unordered.includes(name) && Array.isArray(value) ? (value as string[]).toSorted() : value,
    ]),
  );
}

describe("run and create ask the engine for what docker 28 asks", () => {
  for (const { line, argv, code, stderr, path, differs } of expected.cases as unknown as Case[]) {
    test.skipIf(line in apart)(line, async () => {
      const terminal = memoryTerminal({
        env: {
          HOME: "/root",
          FROM_ENV: "from env",
          DOCKER_HOST: engine.host,
          DOCKER_CONFIG: "/nonexistent",
        },
      });
      const local = JSON.parse(
        JSON.stringify({ argv, stderr, differs: differs ?? {} }).replaceAll("<DIRECTORY>", directory),
      ) as { argv: string[]; stderr: string; differs: Record<string, unknown> };
      const exitCode = await dispatch(local.argv, "docker", terminal, readTextIfThere);
      const request = engine.take()[0];
      const ours = terminal.written.stderr.replace(/\nDid you mean '.*'\?/, "");
      expect({ exitCode, stderr: ours, path: request?.path }).toEqual({
        exitCode: code,
        stderr: local.stderr,
        path,
      });
      if (request === undefined) return;
      const wanted: Record<string, unknown> = { ...expected.base, ...local.differs };
      for (const [name, value] of Object.entries(wanted)) if (value === "(absent)") delete wanted[name];
      expect(sorted(flatten(request.body))).toEqual(sorted(wanted));
    });
  }
});
