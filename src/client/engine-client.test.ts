import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { ApiError, type Client, ConnectionError } from "./client.ts";
import { createClient } from "./engine-client.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const step of cleanups.splice(0)) step();
});

async function engine(answer: Answer): Promise<{ client: Client; server: Server; calls: string[] }> {
  const directory = mkdtempSync(join(tmpdir(), "gantry-client-"));
  const path = join(directory, "engine.sock");
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(request, response, Buffer.concat(chunks).toString("utf8")));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const calls: string[] = [];
  const client = createClient({
    host: `unix://${path}`,
    endpoint: { kind: "unix", path },
    onCall: ({ method, path, status }) => calls.push(`${method} ${path} ${status}`),
  });
  cleanups.push(() => {
    client.close();
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return { client, server, calls };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}

test("queries: arrays repeat, objects are JSON, undefined is left out; each call is told of", async () => {
  const { client, calls } = await engine(({ url }, response) => json(response, 200, { url }));
  const query = { a: "x y", list: ["1", "2"], filters: { status: ["up"] }, none: undefined, n: 0 };
  const { url } = await client.request<{ url: string }>("GET", "/things", { query });
  expect(url).toBe("/v1.51/things?a=x+y&list=1&list=2&filters=%7B%22status%22%3A%5B%22up%22%5D%7D&n=0");
  expect(calls).toEqual([`GET ${url} 200`]);
});

test("an older engine's version is taken once it is named", async () => {
  const { client, calls } = await engine(({ url = "" }, response) => {
    if (url.startsWith("/v1.43/")) return json(response, 200, "ok");
    const message = "client version 1.51 is too new. Maximum supported API version is 1.43";
    json(response, 400, { message });
  });
  expect(await client.request<string>("GET", "/a")).toBe("ok");
  expect(await client.request<string>("GET", "/b")).toBe("ok");
  expect(calls).toEqual(["GET /v1.51/a 400", "GET /v1.43/a 200", "GET /v1.43/b 200"]);
});

test("refusals carry the engine's message, also a hijack's", async () => {
  const { client } = await engine((_, response) => json(response, 409, { message: 'no, "really" {not}' }));
  for (const call of [
    () => client.request("POST", "/a"),
    () => client.hijack("/a"),
    () => client.stream("GET", "/a"),
  ]) {
    const error = await call().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 409, message: 'no, "really" {not}' });
  }
});

test("an engine that is not there", async () => {
  const client = createClient({
    host: "unix:///nope/x.sock",
    endpoint: { kind: "unix", path: "/nope/x.sock" },
  });
  for (const call of [() => client.request("GET", "/a"), () => client.hijack("/a")]) {
    const error = await call().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as Error).message).toBe(
      "Cannot connect to the Gantry engine at unix:///nope/x.sock. Is it running? Start it with: gantry daemon",
    );
  }
});

test("lines come one value at a time, cut anywhere", async () => {
  const { client } = await engine((_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.write('{"a":1}\r\n{"a"');
    response.end(':2}\n\n{"a":"ü"}');
  });
  const seen: unknown[] = [];
  for await (const line of client.lines<{ a: unknown }>("GET", "/events")) seen.push(line.a);
  expect(seen).toEqual([1, 2, "ü"]);
});

test("a streamed body arrives whole", async () => {
  const { client } = await engine((_, response, body) => json(response, 200, { bytes: body.length }));
  const stream = Readable.from(Array.from({ length: 50 }, () => Buffer.alloc(65536, "x")));
  expect(await client.request<{ bytes: number }>("POST", "/load", { stream })).toEqual({ bytes: 50 * 65536 });
});

test("a hijacked stream half-closes both ways", async () => {
  const { client, server } = await engine(() => undefined);
  server.on("upgrade", (_: IncomingMessage, socket: Socket, head: Buffer) => {
    // The answer's head and the first bytes come in one piece.
    socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nready:");
    let seen = head.toString("utf8");
    socket.on("data", (chunk: Buffer) => (seen += chunk.toString("utf8")));
    socket.on("end", () => socket.end(seen.toUpperCase()));
  });
  const stream = await client.hijack("/attach", { query: { stream: 1 } });
  let seen = "";
  stream.on("data", (chunk: Buffer) => (seen += chunk.toString("utf8")));
  stream.resume();
  stream.end("hello");
  await new Promise((resolve) => stream.once("end", resolve));
  expect(seen).toBe("ready:HELLO");
});

test("an aborted call is no connection error", async () => {
  const { client } = await engine(() => undefined);
  const controller = new AbortController();
  const call = client.request("GET", "/wait", { signal: controller.signal }).catch((error: unknown) => error);
  controller.abort();
  expect(((await call) as Error).name).toBe("AbortError");
});
