import { describe, expect, test } from "bun:test";
import { EngineError, type ErrorKind } from "../base/errors.ts";
import { ask, RawClient, serve } from "./testing/engine.ts";

const idle = { system: { version: () => ({ Version: "9" }) } };

describe("versions", () => {
  test("every answer names the API, the system and the server", async () => {
    await using engine = await serve(idle);
    const { headers, status, body } = await ask(engine.path, "/v1.44/version");
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "api-version": "1.51",
      "docker-experimental": "false",
      ostype: "linux",
      server: expect.stringMatching(/^Gantry\/\S+ \(linux\)$/),
      "content-type": "application/json",
    });
    expect(body).toBe('{"Version":"9"}\n');
  });

  test.each([
    ["/version", 200],
    ["/v1.24/version", 200],
    ["/v1.51/version", 200],
    ["/v1.51.0/version", 200],
    ["/v1.52/version", 400],
    ["/v1.51.1/version", 400],
    ["/v2.0/version", 400],
    ["/v1.23/version", 400],
    ["/v1/version", 400],
    ["/v1.51/nope", 404],
    ["/v1.51/version/", 404],
    ["/v1.51", 404],
    ["/", 404],
  ])("%s is %d", async (path, status) => {
    await using engine = await serve(idle);
    expect((await ask(engine.path, path)).status).toBe(status);
  });

  test("too new and too old have Docker's words", async () => {
    await using engine = await serve(idle);
    expect((await ask(engine.path, "/v1.99/version")).body).toBe(
      '{"message":"client version 1.99 is too new. Maximum supported API version is 1.51"}\n',
    );
    const old = await ask(engine.path, "/v1.10/version");
    expect(old.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(old.body).toBe(
      "client version 1.10 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version\n",
    );
  });
});

describe("paths", () => {
  test("ping answers GET and HEAD", async () => {
    await using engine = await serve(idle);
    const got = await ask(engine.path, "/_ping");
    expect(got.body).toBe("OK");
    const head = await ask(engine.path, "/_ping", { method: "HEAD" });
    for (const { headers } of [got, head])
      expect(headers).toMatchObject({
        "builder-version": "2",
        swarm: "inactive",
        pragma: "no-cache",
        "cache-control": "no-cache, no-store, must-revalidate",
      });
  });

  test("a wrong method is a page not found", async () => {
    await using engine = await serve(idle);
    const { status, body } = await ask(engine.path, "/v1.51/version", { method: "PUT" });
    expect([status, body]).toEqual([404, '{"message":"page not found"}\n']);
  });

  test("OPTIONS is answered everywhere", async () => {
    await using engine = await serve(idle);
    expect((await ask(engine.path, "/v1.51/anything", { method: "OPTIONS" })).status).toBe(200);
  });

  test("crooked paths are straightened by a redirect", async () => {
    await using engine = await serve(idle);
    const { status, headers } = await ask(engine.path, "/v1.51//containers/%2e%2e/json");
    expect([status, headers.location]).toEqual([301, "/v1.51/json"]);
  });

  test("names may hold slashes and percent signs", async () => {
    const asked: string[] = [];
    await using engine = await serve({
      images: {
        inspect(name) {
          asked.push(name);
          return {};
        },
      },
    });
    await ask(engine.path, "/v1.51/images/host:5000/a/b:tag/json");
    await ask(engine.path, "/images/a%2Fb%3Atag/json");
    expect(asked).toEqual(["host:5000/a/b:tag", "a/b:tag"]);
    expect((await ask(engine.path, "/images/%zz/json")).status).toBe(400);
  });

  test("garbage on the wire is refused and the connection closed", async () => {
    await using engine = await serve(idle);
    const client = new RawClient(engine.path);
    client.write("garbage\r\n\r\n");
    expect(await client.header()).toStartWith("HTTP/1.1 400 Bad Request\r\n");
    await client.until(({ ended }) => ended);
  });
});

describe("errors", () => {
  const statuses: [ErrorKind, number][] = [
    ["invalid", 400],
    ["unauthenticated", 401],
    ["forbidden", 403],
    ["not-found", 404],
    ["conflict", 409],
    ["unavailable", 503],
    ["not-implemented", 501],
    ["internal", 500],
  ];
  test.each(statuses)("%s is %d", async (kind, status) => {
    await using engine = await serve({
      volumes: {
        get() {
          throw new EngineError(kind, `it "failed"`);
        },
      },
    });
    const answer = await ask(engine.path, "/volumes/v");
    expect(answer.status).toBe(status);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(answer.body).toBe('{"message":"it \\"failed\\""}\n');
  });

  test("not-modified has no body", async () => {
    await using engine = await serve({
      containers: { start: () => Promise.reject(new EngineError("not-modified", "already started")) },
    });
    const client = new RawClient(engine.path);
    const request = "POST /containers/c/start HTTP/1.1\r\nHost: d\r\n\r\n";
    client.write(request);
    const header = await client.header();
    expect(header).toStartWith("HTTP/1.1 304 Not Modified\r\n");
    expect(header).not.toMatch(/content-length|transfer-encoding/i);
    client.write(request);
    expect(await client.header()).toStartWith("HTTP/1.1 304 Not Modified\r\n");
    client.socket.destroy();
  });

  test("what nobody classified is logged in full and told to nobody", async () => {
    await using engine = await serve({
      volumes: {
        get() {
          throw new Error("ENOENT /var/lib/secret", { cause: new Error("deep down") });
        },
      },
    });
    const { status, body } = await ask(engine.path, "/volumes/v");
    expect([status, body]).toEqual([500, '{"message":"internal server error"}\n']);
    const line = engine.log.find((entry) => entry.includes("level=error"));
    expect(line).toContain("/var/lib/secret");
    expect(line).toContain("deep down");
    expect(line).toContain('url="/volumes/v"');
  });

  test("what is still to come says so", async () => {
    await using engine = await serve({});
    expect((await ask(engine.path, "/session", { method: "POST" })).status).toBe(501);
    expect((await ask(engine.path, "/swarm")).status).toBe(503);
  });
});

describe("connections", () => {
  test("one connection serves many requests", async () => {
    await using engine = await serve(idle);
    const client = new RawClient(engine.path);
    for (let round = 0; round < 3; round += 1) {
      client.write("GET /version HTTP/1.1\r\nHost: d\r\n\r\n");
      expect(await client.header()).toStartWith("HTTP/1.1 200");
      await client.until(({ received }) => received.length === 16);
      client.received = Buffer.alloc(0);
    }
    client.socket.destroy();
  });

  test("a small body nobody reads costs no connection", async () => {
    for (const handed of [false, true]) {
      await using engine = await serve({ containers: { pause: () => Promise.resolve() } }, { handed });
      const client = new RawClient(engine.path);
      for (let round = 0; round < 3; round += 1) {
        client.write('POST /containers/c/pause HTTP/1.1\r\nHost: d\r\nContent-Length: 7\r\n\r\n{"a"');
        client.write(":1}");
        expect(await client.header()).toStartWith("HTTP/1.1 204");
      }
      client.socket.destroy();
    }
  });

  test("a refused body does not become the next request", async () => {
    await using engine = await serve({
      images: { load: () => Promise.reject(new EngineError("invalid", "no such format")) },
    });
    const client = new RawClient(engine.path);
    client.write("POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 100000\r\n\r\nGET /version");
    const header = await client.header();
    expect(header).toStartWith("HTTP/1.1 400");
    expect(header).toContain("Connection: close");
    client.socket.end();
    await client.until(({ ended }) => ended);
  });

  test("a body past the limit is refused before it is sent", async () => {
    await using engine = await serve({});
    const client = new RawClient(engine.path);
    client.write(
      "POST /volumes/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n",
    );
    expect(await client.header()).toStartWith("HTTP/1.1 400");
    const refusal = '{"message":"http: request body too large"}\n';
    await client.until(({ received }) => received.toString() === refusal);
    client.socket.end();
    await client.until(({ ended }) => ended);
  });

  test("a body of unknown length is refused when it grows past the limit", async () => {
    await using engine = await serve({});
    const client = new RawClient(engine.path);
    client.write(
      "POST /volumes/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const chunk = Buffer.concat([Buffer.from("100000\r\n"), Buffer.alloc(1 << 20, " "), Buffer.from("\r\n")]);
    for (let sent = 0; sent < 17; sent += 1) client.write(chunk);
    expect(await client.header()).toStartWith("HTTP/1.1 400");
    client.socket.destroy();
  });

  test("close lets nobody in, gives time, then cuts", async () => {
    const engine = await serve({
      containers: { wait: () => ({ result: new Promise<never>(() => undefined) }) },
    });
    const client = new RawClient(engine.path);
    client.write("POST /containers/c/wait HTTP/1.1\r\nHost: d\r\n\r\n");
    await client.header();
    await engine.api.close(10);
    await client.until(({ ended }) => ended);
    await engine[Symbol.asyncDispose]();
  });

  test("the access log says what was asked and answered", async () => {
    await using engine = await serve(idle);
    await ask(engine.path, "/v1.51/version");
    const logged = () => engine.log.find((line) => line.includes('url="/v1.51/version"'));
    while (logged() === undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(logged()).toContain('level=debug msg="request" method="GET"');
    expect(logged()).toContain("status=200");
  });
});
