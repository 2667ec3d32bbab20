// What each route makes of a request: the verb it calls, with which arguments, and the shape of its answer.
import { describe, expect, test } from "bun:test";
import { Readable } from "node:stream";
import { EngineError } from "../base/errors.ts";
import { LaunchError } from "../runtime/runtime-error.ts";
import type { AttachRequest, LogsRequest } from "../containers/container-service.ts";
import type { Digest } from "../spec/digest.ts";
import type { Services } from "./services.ts";
import {
  ask,
  askJson,
  FakeProcess,
  noSuchContainer,
  serve,
  type Parts,
  type Running,
} from "./testing/engine.ts";

type Calls = [string, ...unknown[]][];

/** Every verb of `names` in `room` notes its arguments and answers `answer`. */
function recorder(room: keyof Services, names: string[], answer: unknown): { parts: Parts; calls: Calls } {
  const calls: Calls = [];
  const verbs = names.map((name) => [
    name,
    (...given: unknown[]) => {
      calls.push([name, ...given]);
      return answer;
    },
  ]);
  return { parts: { [room]: Object.fromEntries(verbs) as object }, calls };
}

async function called(
  room: keyof Services,
  verb: string,
  method: string,
  path: string,
  answer: unknown = Promise.resolve({}),
) {
  const { parts, calls } = recorder(room, [verb], answer);
  await using engine = await serve(parts);
  const { status, body } = await ask(engine.path, path, { method });
  return { status, body, call: calls[0] };
}

describe("containers", () => {
  test.each([
    ["start", "/containers/c/start?detachKeys=a", ["c", { detachKeys: "a" }]],
    ["stop", "/containers/c/stop?t=-1&signal=INT", ["c", { signal: "INT", timeoutSeconds: -1 }]],
    ["stop", "/v1.41/containers/c/stop?signal=INT", ["c", {}]],
    ["restart", "/containers/c/restart?t=3", ["c", { timeoutSeconds: 3 }]],
    ["kill", "/containers/c/kill", ["c", "SIGKILL"]],
    ["kill", "/containers/c/kill?signal=9", ["c", "9"]],
    ["pause", "/containers/c/pause", ["c"]],
    ["unpause", "/containers/c/unpause", ["c"]],
    ["rename", "/containers/c/rename?name=d", ["c", "d"]],
  ])("%s %s", async (verb, path, args) => {
    const { status, body, call } = await called("containers", verb, "POST", path);
    expect([status, body]).toEqual([204, ""]);
    expect(call).toEqual([verb, ...args]);
  });

  test("remove", async () => {
    const { status, call } = await called("containers", "remove", "DELETE", "/containers/a/b?force=1&v=true");
    expect(status).toBe(204);
    expect(call).toEqual(["remove", "a/b", { force: true, volumes: true, link: false }]);
  });

  test("resize", async () => {
    const { status, call } = await called("containers", "resize", "POST", "/containers/c/resize?h=24&w=80");
    expect(status).toBe(200);
    expect(call).toEqual(["resize", "c", { height: 24, width: 80 }]);
  });

  test("list takes both forms of filters", async () => {
    for (const filters of ['{"label":["a","b"]}', '{"label":{"a":true,"b":true}}']) {
      const path = `/containers/json?all=1&limit=0&filters=${encodeURIComponent(filters)}`;
      const { body, call } = await called("containers", "list", "GET", path, Promise.resolve([]));
      expect(body).toBe("[]\n");
      expect(call).toEqual(["list", { all: true, size: false, filters: { label: ["a", "b"] } }]);
    }
  });

  test("create hands over body, name and platform", async () => {
    const { parts, calls } = recorder("containers", ["create"], Promise.resolve({ Id: "1" }));
    await using engine = await serve(parts);
    const path = "/containers/create?name=n&platform=linux/arm64";
    const { status, body } = await askJson(engine.path, path, '{"Image":"i","cmd":"x"}');
    expect([status, body]).toEqual([201, '{"Id":"1","Warnings":[]}\n']);
    const expected = { Image: "i", Cmd: ["x"], HostConfig: {} };
    expect(calls).toEqual([["create", { body: expected, name: "n", platform: "linux/arm64" }]]);
  });

  test("a container's MAC address becomes its network's", async () => {
    const { parts, calls } = recorder("containers", ["create"], Promise.resolve({ Id: "1", Warnings: [] }));
    await using engine = await serve(parts);
    const body = '{"Image":"i","MacAddress":"02:42:ac:11:00:02"}';
    const answer = await askJson(engine.path, "/containers/create", body);
    expect(answer.body).toContain("container-wide MacAddress field is now deprecated");
    expect((await askJson(engine.path, "/v1.43/containers/create", body)).body).toContain('"Warnings":[]');
    for (const [, request] of calls)
      expect(request).toMatchObject({
        body: { NetworkingConfig: { EndpointsConfig: { bridge: { MacAddress: "02:42:ac:11:00:02" } } } },
      });
  });

  test("wait answers the header first, then the result", async () => {
    const result = Promise.withResolvers<{ StatusCode: number }>();
    await using engine = await serve({ containers: { wait: () => ({ result: result.promise }) } });
    const response = await fetch("http://d/containers/c/wait?condition=next-exit", {
      method: "POST",
      unix: engine.path,
    });
    expect(response.status).toBe(200);
    result.resolve({ StatusCode: 7 });
    expect(await response.text()).toBe('{"StatusCode":7}\n');
  });

  test("wait for what does not exist is refused with its status", async () => {
    await using engine = await serve({
      containers: {
        wait(name) {
          throw noSuchContainer(name);
        },
      },
    });
    expect((await ask(engine.path, "/containers/c/wait", { method: "POST" })).status).toBe(404);
  });

  test("update", async () => {
    const { parts, calls } = recorder("containers", ["update"], Promise.resolve({ Warnings: [] }));
    await using engine = await serve(parts);
    const { body } = await askJson(engine.path, "/containers/c/update", '{"Memory":5,"KernelMemory":1}');
    expect(body).toBe('{"Warnings":null}\n');
    expect(calls).toEqual([["update", "c", { Memory: 5 }]]);
  });

  test("top", async () => {
    const { call } = await called("containers", "top", "GET", "/containers/c/top");
    expect(call).toEqual(["top", "c", "-ef"]);
  });
});

async function logsOf(query: string, tty = false) {
  const requests: LogsRequest[] = [];
  const process = new FakeProcess(tty);
  process.emit("stdout", "a\n");
  process.emit("stderr", "b\n");
  process.end();
  await using engine = await serve({
    containers: {
      logs(_name, request) {
        requests.push(request);
        return Promise.resolve(process);
      },
    },
  });
  return { ...(await ask(engine.path, query)), request: requests[0] };
}

const broken: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({
    next: () => Promise.reject(new EngineError("internal", "disk on fire")),
  }),
};

describe("logs", () => {
  test("are framed, and raw for a terminal", async () => {
    const framed = await logsOf("/containers/c/logs?stdout=1");
    expect(framed.body).toBe("\x01\0\0\0\0\0\0\x02a\n\x02\0\0\0\0\0\0\x02b\n");
    expect(framed.headers["content-type"]).toBe("application/vnd.docker.multiplexed-stream");
    const raw = await logsOf("/containers/c/logs?stdout=1", true);
    expect(raw.body).toBe("a\nb\n");
    expect(raw.headers["content-type"]).toBe("application/vnd.docker.raw-stream");
  });

  test("take bounds", async () => {
    const { request } = await logsOf(
      "/containers/c/logs?stderr=1&since=12.5&until=13&tail=4&timestamps=1&details=1&follow=1",
    );
    expect(request).toMatchObject({ stdout: false, stderr: true, tail: 4 });
    expect(request).toMatchObject({
      since: { seconds: 12, nanoseconds: 500_000_000 },
      until: { seconds: 13 },
    });
    expect(request).toMatchObject({ timestamps: true, details: true, follow: true });
    expect((await logsOf("/containers/c/logs?stderr=1&tail=all")).request).toMatchObject({
      since: undefined,
      until: undefined,
      tail: Number.POSITIVE_INFINITY,
    });
  });

  test("that break off say so in the stream", async () => {
    await using engine = await serve({
      containers: { logs: () => Promise.resolve({ tty: true, output: broken }) },
    });
    const { status, body } = await ask(engine.path, "/containers/c/logs?stdout=1");
    expect([status, body]).toEqual([200, "Error grabbing logs: disk on fire\n"]);
  });
});

async function execEngine(failure: EngineError): Promise<Running> {
  return serve({
    containers: {
      execInspect: () => ({ OpenStdin: false }) as ReturnType<Services["containers"]["execInspect"]>,
      execStart: () => Promise.reject(failure),
    },
  });
}

describe("attach and exec", () => {
  test("attach reads its options", async () => {
    const requests: AttachRequest[] = [];
    const process = new FakeProcess();
    process.end();
    await using engine = await serve({
      containers: {
        attach(_name, request) {
          requests.push(request);
          return Promise.resolve(process);
        },
      },
    });
    const path = "/containers/c/attach?stream=1&stdin=1&stdout=0&stderr=yes&logs=true&detachKeys=ctrl-a";
    await ask(engine.path, path, { method: "POST" });
    expect(requests[0]).toMatchObject({
      stdin: true,
      stdout: false,
      stderr: true,
      logs: true,
      stream: true,
      detachKeys: "ctrl-a",
    });
  });

  test("exec create", async () => {
    const { parts, calls } = recorder("containers", ["execCreate"], Promise.resolve({ Id: "e" }));
    await using engine = await serve(parts);
    const body = '{"Cmd":["ls"],"Tty":true,"ConsoleSize":[24,80]}';
    const { status } = await askJson(engine.path, "/containers/c/exec", body);
    expect(status).toBe(201);
    await askJson(engine.path, "/v1.41/containers/c/exec", body);
    expect(calls).toEqual([
      ["execCreate", "c", { Cmd: ["ls"], Tty: true, ConsoleSize: [24, 80] }],
      ["execCreate", "c", { Cmd: ["ls"], Tty: true }],
    ]);
  });

  test("a command that cannot start is told in the stream, and by status when detached", async () => {
    await using engine = await execEngine(new LaunchError("invalid", "exec: no such file", 127));
    const attached = await askJson(engine.path, "/exec/e/start", "{}");
    expect([attached.status, attached.body]).toEqual([200, "\x01\0\0\0\0\0\0\x14exec: no such file\r\n"]);
    const detached = await askJson(engine.path, "/exec/e/start", '{"Detach":true}');
    expect([detached.status, detached.body]).toEqual([400, '{"message":"exec: no such file"}\n']);
  });

  test("a container that does not run is told by status", async () => {
    await using engine = await execEngine(new EngineError("conflict", "container c is not running"));
    expect((await askJson(engine.path, "/exec/e/start", "{}")).status).toBe(409);
  });
});

describe("images", () => {
  test("save streams, and refuses before the first byte", async () => {
    await using engine = await serve({
      images: {
        save(names) {
          if (names.includes("nope")) throw new EngineError("not-found", "No such image: nope");
          return Readable.from([Buffer.from(`tar of ${names.join(" ")}`)]);
        },
      },
    });
    const saved = await ask(engine.path, "/images/get?names=a&names=b:1");
    expect(saved.headers["content-type"]).toBe("application/x-tar");
    expect(saved.body).toBe("tar of a b:1");
    expect((await ask(engine.path, "/images/host/x/get")).body).toBe("tar of host/x");
    expect((await ask(engine.path, "/images/nope/get")).status).toBe(404);
  });

  test("an archive that breaks off does not look whole", async () => {
    await using engine = await serve({
      images: {
        save: () =>
          Readable.from(
            (async function* () {
              yield Buffer.from("half");
              await Promise.resolve();
              throw new Error("blob is gone");
            })(),
          ),
      },
    });
    const outcome = await ask(engine.path, "/images/a/get").catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(Error);
  });

  test("load sends lines as they come, and a failure as the last", async () => {
    await using engine = await serve({
      images: {
        async load(source, options, progress) {
          progress({ stream: `quiet ${options.quiet}\n` });
          for await (const part of source) progress({ stream: String(part) });
          throw new EngineError("invalid", "no manifest");
        },
      },
    });
    const { status, body } = await ask(engine.path, "/images/load?quiet=0", { method: "POST", body: "tar" });
    expect(status).toBe(200);
    expect(body).toBe(
      '{"stream":"quiet false\\n"}\n{"stream":"tar"}\n{"errorDetail":{"message":"no manifest"},"error":"no manifest"}\n',
    );
  });

  test("load that fails at once has its own status", async () => {
    await using engine = await serve({
      images: { load: () => Promise.reject(new EngineError("invalid", "not a tar")) },
    });
    const { status, body } = await ask(engine.path, "/images/load", { method: "POST", body: "x" });
    expect([status, body]).toEqual([400, '{"message":"not a tar"}\n']);
  });

  test("import answers the id", async () => {
    const seen: unknown[] = [];
    await using engine = await serve({
      images: {
        async import(source, options) {
          for await (const part of source) seen.push(String(part));
          const { signal: _, ...rest } = options;
          seen.push(rest);
          return "sha256:1" as Digest;
        },
      },
    });
    const path =
      "/images/create?fromSrc=-&repo=r&tag=t&message=m&changes=CMD+a&changes=ENV+b&platform=linux/arm64";
    const { body } = await ask(engine.path, path, { method: "POST", body: "tar" });
    expect(body).toBe('{"status":"sha256:1"}\n');
    expect(seen).toEqual([
      "tar",
      {
        repository: "r",
        tag: "t",
        message: "m",
        changes: ["CMD a", "ENV b"],
        platform: { os: "linux", architecture: "arm64" },
      },
    ]);
  });

  test("import of a URL", async () => {
    const { call } = await called(
      "images",
      "importFrom",
      "POST",
      "/images/create?fromSrc=http%3A%2F%2Fhost%2Froot.tar&repo=r",
      Promise.resolve("sha256:1"),
    );
    expect(call?.slice(0, 3)).toMatchObject(["importFrom", "http://host/root.tar", { repository: "r" }]);
  });

  test("tag and remove", async () => {
    const tagged = await called("images", "tag", "POST", "/images/a/b:1/tag?repo=r&tag=2");
    expect(tagged).toMatchObject({ status: 201, call: ["tag", "a/b:1", "r", "2"] });
    const removed = await called(
      "images",
      "remove",
      "DELETE",
      "/images/a/b:1?noprune=1",
      Promise.resolve([]),
    );
    expect(removed).toMatchObject({
      status: 200,
      call: ["remove", "a/b:1", { force: false, noPrune: true }],
    });
  });
});

describe("system", () => {
  test("events are lines with the fields of old", async () => {
    const event = {
      Type: "container",
      Action: "die",
      Actor: { ID: "1", Attributes: { image: "i" } },
      time: 5,
    };
    const asked: unknown[] = [];
    await using engine = await serve({
      system: {
        async *events({ since, until, filters }) {
          asked.push({ since, until, filters });
          yield await Promise.resolve(event as never);
        },
      },
    });
    const { body } = await ask(engine.path, '/events?since=1.5&until=2&filters={"type":{"container":true}}');
    expect(asked).toEqual([{ since: 1.5, until: 2, filters: { type: ["container"] } }]);
    expect(body).toBe(`${JSON.stringify({ status: "die", id: "1", from: "i", ...event })}\n`);
  });

  test("disk usage can be asked in part", async () => {
    const usage = { LayersSize: 5, Images: [], Containers: [], Volumes: [], BuildCache: [] };
    await using engine = await serve({ system: { diskUsage: () => Promise.resolve(usage) } });
    expect(JSON.parse((await ask(engine.path, "/system/df")).body)).toEqual(usage);
    expect(JSON.parse((await ask(engine.path, "/system/df?type=volume")).body)).toEqual({
      LayersSize: 0,
      Images: null,
      Containers: null,
      Volumes: [],
      BuildCache: null,
    });
  });

  test("networks are filtered by name, type and label", async () => {
    const networks = [
      { Name: "bridge", Driver: "bridge" },
      { Name: "own", Driver: "bridge", Labels: { a: "b" } },
    ];
    await using engine = await serve({ networks: { list: () => networks } });
    const names = async (filters: object) => {
      const { body } = await ask(
        engine.path,
        `/networks?filters=${encodeURIComponent(JSON.stringify(filters))}`,
      );
      return (JSON.parse(body) as { Name: string }[]).map(({ Name }) => Name);
    };
    expect(await names({})).toEqual(["bridge", "own"]);
    expect(await names({ type: ["custom"] })).toEqual(["own"]);
    expect(await names({ name: ["brid"] })).toEqual(["bridge"]);
    expect(await names({ label: ["a=b"] })).toEqual(["own"]);
    expect(await names({ driver: ["host"] })).toEqual([]);
  });
});
