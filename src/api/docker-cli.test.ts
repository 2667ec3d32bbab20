// The real docker client (GANTRY_DOCKER_CLI) against this API.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { EngineError } from "../base/errors.ts";
import type { ContainerSummary } from "../spec/api/container.ts";
import type { ExecInspect } from "../containers/container-service.ts";
import { FakeProcess, noSuchContainer, serve, type Parts, type Running } from "./testing/engine.ts";

const cli = process.env["GANTRY_DOCKER_CLI"] ?? "";
const reason = cli === "" ? " (skipped: GANTRY_DOCKER_CLI is not set)" : "";
let home = "";

interface Outcome {
  code: number;
  out: string;
  err: string;
}

function docker(engine: Running, args: string[], stdin?: string): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const env = { PATH: process.env["PATH"], DOCKER_HOST: `unix://${engine.path}`, DOCKER_CONFIG: home };
  const child = spawn(cli, args, { env });
  let out = "";
  let err = "";
  child.stdout.on("data", (part: Buffer) => (out += part.toString("latin1")));
  child.stderr.on("data", (part: Buffer) => (err += part.toString("latin1")));
  child.on("error", reject);
  child.on("close", (code) => resolve({ code: code ?? -1, out, err }));
  child.stdin.end(stdin ?? "");
  return promise;
}

async function run(parts: Parts, args: string[], stdin?: string): Promise<Outcome> {
  await using engine = await serve(parts);
  return await docker(engine, args, stdin);
}

/** A process that says back what it is told, on stdout, and how much it was on stderr. */
function echo(): FakeProcess {
  const process = new FakeProcess();
  void process
    .until(({ inputClosed }) => inputClosed)
    .then(() => {
      process.emit("stdout", process.input.toUpperCase());
      process.emit("stderr", `${process.input.length}\n`);
      process.end();
    });
  return process;
}

const container: ContainerSummary = {
  Id: "c".repeat(64),
  Names: ["/box"],
  Image: "img",
  Command: "sh",
  Created: 1,
  State: "running",
  Status: "Up 2 hours",
};

describe.skipIf(cli === "")(`docker${reason}`, () => {
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "gantry-api-cli-"));
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  test("version", async () => {
    const version = { Version: "9.9", ApiVersion: "1.51", MinAPIVersion: "1.24", Os: "linux", Arch: "amd64" };
    const outcome = await run({ system: { version: () => version } }, [
      "version",
      "--format",
      "{{.Server.Version}} {{.Client.APIVersion}}",
    ]);
    expect(outcome).toMatchObject({ code: 0, out: "9.9 1.51\n", err: "" });
  });

  test("ps", async () => {
    const { out, err } = await run({ containers: { list: () => Promise.resolve([container]) } }, [
      "ps",
      "--format",
      "{{.ID}} {{.Names}} {{.Status}}",
    ]);
    expect({ out, err }).toEqual({ out: "cccccccccccc box Up 2 hours\n", err: "" });
  });

  test("logs keeps stdout and stderr apart", async () => {
    const process = new FakeProcess();
    process.emit("stdout", "out\n");
    process.emit("stderr", "err\n");
    process.end();
    const outcome = await run(
      {
        containers: {
          inspect: () => Promise.resolve({ Id: "c", Config: { Tty: false } }),
          logs: () => Promise.resolve(process),
        },
      },
      ["logs", "box"],
    );
    expect(outcome).toEqual({ code: 0, out: "out\n", err: "err\n" });
  });

  test("exec -i pipes both ways and takes the exit code", async () => {
    const state: ExecInspect = {
      CanRemove: false,
      DetachKeys: "",
      ID: "e",
      Running: false,
      ExitCode: 3,
      ProcessConfig: { tty: false, entrypoint: "cat", arguments: [], privileged: false },
      OpenStdin: true,
      OpenStderr: true,
      OpenStdout: true,
      ContainerID: "c",
      Pid: 1,
    };
    const outcome = await run(
      {
        containers: {
          inspect: () => Promise.resolve({ State: { Running: true } }),
          execCreate: () => Promise.resolve({ Id: "e" }),
          execInspect: () => state,
          execStart: () => Promise.resolve(echo()),
        },
      },
      ["exec", "-i", "box", "cat"],
      "hello",
    );
    expect(outcome).toEqual({ code: 3, out: "HELLO", err: "5\n" });
  });

  test("attach pipes both ways and waits for the end", async () => {
    const outcome = await run(
      {
        containers: {
          inspect: () =>
            Promise.resolve({ Id: "c", State: { Running: true }, Config: { OpenStdin: true, Tty: false } }),
          attach: () => Promise.resolve(echo()),
          wait: () => ({ result: Promise.resolve({ StatusCode: 5 }) }),
        },
      },
      ["attach", "box"],
      "hi",
    );
    expect(outcome).toEqual({ code: 5, out: "HI", err: "2\n" });
  });

  test("run creates, attaches, waits and starts", async () => {
    const verbs: string[] = [];
    const process = echo();
    const outcome = await run(
      {
        containers: {
          create({ body, name }) {
            verbs.push(`create ${name} ${body.Image} ${body.Cmd?.join(" ")} ${body.HostConfig?.AutoRemove}`);
            return Promise.resolve({ Id: "c" });
          },
          attach() {
            verbs.push("attach");
            return Promise.resolve(process);
          },
          wait(_name, condition) {
            verbs.push(`wait ${condition}`);
            return { result: Promise.resolve({ StatusCode: 4 }) };
          },
          start() {
            verbs.push("start");
            return Promise.resolve();
          },
        },
      },
      ["run", "--rm", "-i", "--name", "box", "img", "cat", "-"],
      "in",
    );
    expect(outcome).toEqual({ code: 4, out: "IN", err: "2\n" });
    expect(verbs.toSorted()).toEqual(["attach", "create box img cat - true", "start", "wait removed"]);
  });

  test("errors have the daemon's words", async () => {
    const { code, err } = await run(
      { containers: { remove: (name) => Promise.reject(noSuchContainer(name)) } },
      ["rm", "nope"],
    );
    expect({ code, err }).toEqual({ code: 1, err: "Error response from daemon: No such container: nope\n" });
  });

  test("load shows lines, and a failure in the stream", async () => {
    const outcome = await run(
      {
        images: {
          async load(source, _options, progress) {
            let size = 0;
            for await (const part of source) size += (part as Buffer).length;
            progress({ stream: `read ${size}\n` });
            throw new EngineError("invalid", "bad layer");
          },
        },
      },
      ["load"],
      "x".repeat(100_000),
    );
    expect(outcome).toEqual({ code: 1, out: "read 100000\n", err: "bad layer\n" });
  });

  test("save writes the archive", async () => {
    const { out } = await run(
      { images: { save: () => Readable.from([Buffer.alloc(100_000, "a"), Buffer.alloc(1, "b")]) } },
      ["save", "img"],
    );
    expect(out).toBe(`${"a".repeat(100_000)}b`);
  });

  test("volumes and networks are listed", async () => {
    await using engine = await serve({
      volumes: { list: () => ({ Volumes: [{ Name: "v1", Mountpoint: "/x" }] }) },
      networks: {
        list: () => [{ Name: "bridge", Driver: "bridge", Created: "2026-01-01T00:00:00Z" }],
      },
    });
    expect((await docker(engine, ["volume", "ls", "-q"])).out).toBe("v1\n");
    expect((await docker(engine, ["network", "ls", "--format", "{{.Name}} {{.Driver}}"])).out).toBe(
      "bridge bridge\n",
    );
  });
});
