import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FakeEngine, startFakeEngine } from "./testing/fake-engine.ts";
import { cliReason, dockerCli, type Line, runDocker, runOurs, words } from "./testing/side-by-side.ts";
import recorded from "./testdata/commands.json";

/** What docker 28.5.2 prints and leaves in config.json for each line, one after the other, against the fake engine. */
interface Vector {
  line: string;
  input?: string;
  stdout: string;
  stderr: string;
  code: number;
  config?: string;
}

const vectors = recorded as Vector[];
const directory = mkdtempSync(join(tmpdir(), "gantry-commands-"));
let engine: FakeEngine;

beforeAll(async () => {
  engine = await startFakeEngine(join(directory, "engine.sock"));
});

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

beforeEach(() => void engine.takeRequests());

function lineOf({ line, input }: Vector, config: string): Line {
  const env = { DOCKER_HOST: engine.host, DOCKER_CONFIG: join(directory, config), HOME: directory };
  return { args: words(line), env, ...(input !== undefined && { input }) };
}

function configIn(name: string): string {
  try {
    return readFileSync(join(directory, name, "config.json"), "utf8");
  } catch {
    return "";
  }
}

describe("commands print what docker's do", () => {
  for (const vector of vectors) {
    test(vector.line, async () => {
      const { stdout, stderr, code } = await runOurs(lineOf(vector, "ours"));
      expect({ stdout, stderr: stderr.replaceAll(join(directory, "ours"), "CONFIG"), code }).toEqual({
        stdout: vector.stdout,
        stderr: vector.stderr,
        code: vector.code,
      });
      if (vector.config !== undefined) expect(configIn("ours")).toBe(vector.config);
    });
  }
});

test.skipIf(dockerCli === undefined)(
  `what is recorded is docker's (${cliReason})`,
  async () => {
    for (const vector of vectors) {
      const { stdout, stderr, code } = await runDocker(lineOf(vector, "docker"));
      const { line, stdout: out, stderr: err, code: status } = vector;
      expect({ line, stdout, stderr: stderr.replaceAll(join(directory, "docker"), "CONFIG"), code }).toEqual({
        line,
        stdout: out,
        stderr: err,
        code: status,
      });
      if (vector.config !== undefined) expect(configIn("docker")).toBe(vector.config);
    }
  },
  120_000,
);

async function requestOf(line: string, config: string): Promise<string[]> {
  await runOurs(lineOf({ line, stdout: "", stderr: "", code: 0 }, config));
  return engine.takeRequests();
}

describe("what reaches the engine", () => {
  test("a pull names the repository in full and the tag apart", async () => {
    expect(await requestOf("pull -q --platform Linux/ARM64 x:1", "none")).toEqual([
      "POST /images/create?fromImage=docker.io%2Flibrary%2Fx&tag=1&platform=linux%2Farm64 e30=",
    ]);
  });

  test("stored credentials go with the registry they are for, and with no other", async () => {
    await requestOf("login -u me -p pw reg:5000", "credentials");
    const credentials = { username: "me", password: "pw", serveraddress: "reg:5000" };
    const auth = Buffer.from(JSON.stringify(credentials)).toString("base64");
    expect(await requestOf("pull reg:5000/x", "credentials")).toEqual([
      `POST /images/create?fromImage=reg%3A5000%2Fx&tag=latest ${auth}`,
    ]);
    expect(await requestOf("pull x", "credentials")).toEqual([
      "POST /images/create?fromImage=docker.io%2Flibrary%2Fx&tag=latest e30=",
    ]);
  });
});
