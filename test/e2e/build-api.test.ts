// `POST /build` as docker-py, dockerode and compose's classic builder send it: every parameter by what it does, and the
// answers to bad ones in dockerd's words (those of 28.5.2).
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { file, tarOf } from "../../src/store/testing/tar-of.ts";
import { Driver } from "../support/driver.ts";
import { busyboxImage, ensureBusybox } from "../support/images.ts";
import { gantryBinary } from "../support/paths.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);

interface Answer {
  status: number;
  /** What the stream says, its failure included; a refusal's message. */
  text: string;
  id: string | undefined;
}

type Query = Record<string, string | string[]>;

describe("POST /build", () => {
  let engine: TestEngine;
  let driver: Driver;

  beforeAll(async () => {
    engine = await TestEngine.start();
    driver = new Driver("gantry", "gantry", engine.host, [gantryBinary]);
    await ensureBusybox(driver);
  });
  afterAll(async () => {
    expect(await engine.dispose()).toEqual([]);
  });

  const from = `FROM ${busyboxImage}\n`;

  async function post(
    query: Query,
    body: string | Uint8Array<ArrayBuffer> = from,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const pairs = Object.entries(query).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, each]),
    );
    const version: [string, string][] = "version" in query ? [] : [["version", "1"]];
    const search = new URLSearchParams([...version, ...pairs]);
    const response = await fetch(`http://localhost/v1.51/build?${search.toString()}`, {
      method: "POST",
      unix: engine.socket,
      headers: { "Content-Type": "application/x-tar", ...headers },
      body: typeof body === "string" ? tarOf(file("Dockerfile", body)) : body,
    });
    const lines = (await response.text()).trim().split("\n").filter(Boolean);
    const messages = lines.map(
      (line) => JSON.parse(line) as Record<string, string> & { aux?: { ID?: string } },
    );
    return {
      status: response.status,
      text: messages.map(({ stream = "", error = "", message = "" }) => stream + error + message).join(""),
      id: messages.find(({ aux }) => aux?.ID !== undefined)?.aux?.ID,
    };
  }

  /** What a step prints under these parameters. */
  async function printed(query: Query, command: string, lines = ""): Promise<string> {
    const { text } = await post({ nocache: "1", ...query }, `${from}${lines}RUN echo "<$(${command})>"\n`);
    return /^<(.*)>$/ms.exec(text)?.[1] ?? text;
  }

  test("names the image by every t, and tells its id", async () => {
    const { id, text } = await post({ t: ["api:one", "api-two"], labels: '{"l":"v"}' });
    const inspected = await driver.ok(
      "image",
      "inspect",
      "-f",
      "{{.Id}} {{json .Config.Labels}} {{.RepoTags}}",
      "api:one",
    );
    expect(inspected).toBe(`${id} {"l":"v"} [api:one api-two:latest]`);
    expect(text).toEndWith("Successfully tagged api:one\nSuccessfully tagged api-two:latest\n");
  });

  test("q says the id alone", async () => {
    const { text } = await post({ q: "1" }, `${from}RUN echo quiet\n`);
    expect(text).toMatch(/^sha256:[0-9a-f]{64}\n$/);
  });

  test("nocache runs again, and otherwise nothing does", async () => {
    const lines = `${from}RUN echo once\n`;
    await post({}, lines);
    expect((await post({}, lines)).text).toContain("Using cache");
    expect((await post({ nocache: "true" }, lines)).text).not.toContain("Using cache");
  });

  test.each<[string, Query, string, RegExp, string]>([
    [
      "buildargs",
      { buildargs: '{"A":"given","B":null}' },
      "echo $A $B",
      /^given$/,
      "ARG A=default\nARG B=\n",
    ],
    [
      "memory",
      { memory: "67108864" },
      cgroup("memory.max", "memory/memory.limit_in_bytes"),
      /^67108864$/,
      "",
    ],
    ["cpushares", { cpushares: "512" }, cgroup("cpu.weight", "cpu/cpu.shares"), /^(?:512|20|59)$/, ""],
    [
      "cpuquota, cpuperiod",
      { cpuquota: "50000", cpuperiod: "100000" },
      cgroup("cpu.max", "cpu/cpu.cfs_quota_us"),
      /^50000/,
      "",
    ],
    ["cpusetcpus", { cpusetcpus: "0" }, "grep Cpus_allowed_list /proc/self/status", /:\t0$/, ""],
    ["shmsize", { shmsize: "1048576" }, "df -k /dev/shm | tail -1", / 1024 /, ""],
    [
      "ulimits",
      { ulimits: '[{"Name":"nofile","Soft":123,"Hard":456}]' },
      "ulimit -Sn; ulimit -Hn",
      /^123\n456$/,
      "",
    ],
    ["networkmode", { networkmode: "none" }, "ls /sys/class/net", /^lo$/, ""],
    [
      "extrahosts",
      { extrahosts: ["one:1.2.3.4", "two:5.6.7.8"] },
      "grep -E '1.2.3.4|5.6.7.8' /etc/hosts | tr '\\t' ' '",
      /^1\.2\.3\.4 one\n5\.6\.7\.8 two$/,
      "",
    ],
    [
      "platform",
      { platform: "linux/amd64" },
      "echo $TARGETPLATFORM",
      /^linux\/amd64$/,
      "ARG TARGETPLATFORM\n",
    ],
  ])("%s reaches a step", async (_, query, command, expected, lines) => {
    expect(await printed(query, command, lines)).toMatch(expected);
  });

  test("target ends there; a stage that is not there is named", async () => {
    const lines = `${from.trim()} AS one\nRUN echo in-one\n${from}RUN exit 1\n`;
    expect((await post({ target: "one" }, lines)).text).toContain("in-one");
    const { text } = await post({ target: "oen" }, lines);
    expect(text).toContain('target stage "oen" could not be found');
  });

  test("dockerfile names one of the context; without a name the small letters do, too", async () => {
    const two = tarOf(
      file("sub/Other", `${from}RUN echo other\n`),
      file("dockerfile", `${from}RUN echo small\n`),
    );
    expect((await post({ dockerfile: "sub/Other" }, two)).text).toContain("other");
    expect((await post({}, two)).text).toContain("small");
    expect(await post({ dockerfile: "../x" }, two)).toMatchObject({
      status: 500,
      text: "forbidden path outside the build context: ../x ()",
    });
    expect(await post({ dockerfile: "none" }, two)).toMatchObject({
      status: 500,
      text: "Cannot locate specified Dockerfile: none",
    });
  });

  test("arguments that nothing takes are told", async () => {
    const { text } = await post(
      { buildargs: '{"Z":"1","A":"1","USED":"1","http_proxy":""}' },
      `${from}ARG USED\n`,
    );
    expect(text).toContain("[Warning] One or more build-args [A Z] were not consumed\n");
  });

  test("a step that fails tells its code, an image that is not there its reason, both in the stream", async () => {
    const failed = await post({}, `${from}RUN exit 7\n`);
    expect([failed.status, failed.text]).toEqual([
      200,
      expect.stringContaining("The command '/bin/sh -c exit 7' returned a non-zero code: 7"),
    ]);
    const missing = await post({}, "FROM localhost:1/nothing:1\nENV a=b\n");
    expect(missing.status).toBe(200);
    expect(missing.text).toStartWith('Step 1/2 : FROM localhost:1/nothing:1\nGet "http');
    expect(missing.text).not.toContain("failed to resolve source metadata");
  });

  describe("from elsewhere", () => {
    let server: Server;
    beforeAll(async () => {
      const tar = tarOf(file("Dockerfile", `${from}COPY f /\nRUN cat /f\n`), file("f", "from a server"));
      server = createServer((request, response) => {
        response.end(request.url === "/c.tar" ? tar : `${from}RUN echo alone\n`);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    afterAll(() => server.close());

    test("remote is fetched: a tar, or a Dockerfile alone", async () => {
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect((await post({ remote: `${address}/c.tar` }, new Uint8Array())).text).toContain("from a server");
      expect((await post({ remote: `${address}/Dockerfile` }, new Uint8Array())).text).toContain("alone");
    });
  });

  // rm, forcerm, pull=0 and cachefrom change nothing that could be seen here; they are taken.
  test.each<[Query, number, string]>([
    [{ rm: "0", forcerm: "1", cachefrom: '["api:one"]', pull: "0" }, 200, "Successfully built"],
    [{ t: "UPPER" }, 500, "invalid reference format: repository name (library/UPPER) must be lowercase"],
    [{ t: `a@sha256:${"0".repeat(64)}` }, 500, "build tag cannot contain a digest"],
    [{ buildargs: "{" }, 400, "error reading build args: unexpected end of JSON input"],
    [
      { buildargs: "[]" },
      400,
      "error reading build args: json: cannot unmarshal array into Go value of type map[string]*string",
    ],
    [
      { buildargs: '{"A":1}' },
      400,
      "error reading build args: json: cannot unmarshal number into Go struct field .A of type string",
    ],
    [
      { labels: '{"a":1}' },
      400,
      "error reading labels: json: cannot unmarshal number into Go struct field .a of type string",
    ],
    [{ cachefrom: "{" }, 400, "error reading cache-from: unexpected end of JSON input"],
    [
      { ulimits: "x" },
      400,
      "error reading ulimit settings: invalid character 'x' looking for beginning of value",
    ],
    [{ outputs: "{" }, 400, "invalid outputs specified: unexpected end of JSON input"],
    [{ shmsize: "x" }, 500, 'strconv.ParseInt: parsing "x": invalid syntax'],
    [{ memory: "x", cpushares: "y" }, 200, "Successfully built"],
    [{ squash: "1" }, 400, "squash is only supported with experimental mode"],
    [{ isolation: "hyperv" }, 400, 'unsupported isolation: "hyperv"'],
    [{ securityopt: "x" }, 400, "security options are not supported on linux"],
    [{ version: "3" }, 400, 'invalid version "3"'],
    [{ platform: "foo" }, 400, '"foo": unknown operating system or architecture: invalid argument'],
    [{ remote: "ftp://x" }, 500, "remoteURL (ftp://x) could not be recognized as URL"],
  ])("%p is answered with %d", async (query, status, text) => {
    const answer = await post(query);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(text)]);
  });

  test("what is no Dockerfile, or none at all, is refused", async () => {
    expect(await post({}, "")).toMatchObject({
      status: 400,
      text: "the Dockerfile (Dockerfile) cannot be empty",
    });
    expect(await post({}, "FOO\n")).toMatchObject({
      status: 400,
      text: expect.stringContaining("unknown instruction: FOO") as string,
    });
    expect(await post({}, from, { "X-Registry-Config": "no base64" })).toMatchObject({ status: 200 });
  });
});

function cgroup(v2: string, v1: string): string {
  return `cat /sys/fs/cgroup/${v2} 2>/dev/null || cat /sys/fs/cgroup/${v1}`;
}
