import { describe, expect, test } from "bun:test";
import type { AttachRequest } from "../containers/container-service.ts";
import { FakeProcess, noSuchContainer, RawClient, serve, type Running } from "./testing/engine.ts";

const upgrade = "Host: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n";

interface Attached extends AsyncDisposable {
  engine: Running;
  process: FakeProcess;
  requests: AttachRequest[];
}

async function attachable(handed: boolean, tty = false): Promise<Attached> {
  const process = new FakeProcess(tty);
  const requests: AttachRequest[] = [];
  const engine = await serve(
    {
      containers: {
        attach(name, request) {
          if (name !== "c") return Promise.reject(noSuchContainer(name));
          requests.push(request);
          return Promise.resolve(process);
        },
        execInspect: () =>
          ({ OpenStdin: true }) as ReturnType<import("./services.ts").Services["containers"]["execInspect"]>,
        execStart: () => Promise.resolve(process),
      },
    },
    { handed },
  );
  return { engine, process, requests, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() };
}

for (const handed of [false, true]) {
  describe(handed ? "connections handed over" : "connections accepted", () => {
    test("attach upgrades, frames both streams, and half-closes in both directions", async () => {
      await using attached = await attachable(handed);
      const { engine, process } = attached;
      const client = new RawClient(engine.path);
      client.write(`POST /v1.51/containers/c/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\n${upgrade}\r\n`);
      expect(await client.header()).toBe(
        "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n" +
          "Content-Type: application/vnd.docker.multiplexed-stream\r\n\r\n",
      );
      process.emit("stdout", "out");
      process.emit("stderr", "err!");
      client.write("hello");
      await process.until(({ input }) => input === "hello");
      client.socket.end();
      await process.until(({ inputClosed }) => inputClosed);
      process.emit("stdout", "after");
      const expected = "\x01\0\0\0\0\0\0\x03out\x02\0\0\0\0\0\0\x04err!\x01\0\0\0\0\0\0\x05after";
      await client.until(({ received }) => received.length === expected.length);
      expect(client.received.toString("latin1")).toBe(expected);
      process.end();
      await client.until(({ ended }) => ended);
      await process.until(({ closed }) => closed);
    });

    test("a terminal's stream is raw", async () => {
      await using attached = await attachable(handed, true);
      const client = new RawClient(attached.engine.path);
      client.write(`POST /containers/c/attach?stream=1&stdout=1 HTTP/1.1\r\n${upgrade}\r\n`);
      expect(await client.header()).toContain("Content-Type: application/vnd.docker.raw-stream\r\n");
      attached.process.emit("stdout", "raw");
      attached.process.end();
      await client.until(({ ended }) => ended);
      expect(client.received.toString()).toBe("raw");
    });

    test("before 1.42 every stream is called raw", async () => {
      await using attached = await attachable(handed);
      const client = new RawClient(attached.engine.path);
      client.write(`POST /v1.41/containers/c/attach?stream=1&stdout=1 HTTP/1.1\r\n${upgrade}\r\n`);
      expect(await client.header()).toContain("Content-Type: application/vnd.docker.raw-stream\r\n");
      client.socket.destroy();
    });

    test("without the Upgrade header the stream follows a plain 200", async () => {
      await using attached = await attachable(handed);
      const client = new RawClient(attached.engine.path);
      client.write("POST /v1.51/containers/c/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: d\r\n\r\n");
      const header = await client.header();
      expect(header).toStartWith("HTTP/1.1 200 OK\r\n");
      expect(header).not.toContain("chunked");
      attached.process.emit("stdout", "out");
      attached.process.end();
      await client.until(({ ended }) => ended);
      expect(client.received.toString("latin1")).toBe("\x01\0\0\0\0\0\0\x03out");
    });

    test("exec start takes its options before the stream", async () => {
      await using attached = await attachable(handed);
      for (const body of ['{"Detach":false}', "{}"]) {
        const client = new RawClient(attached.engine.path);
        const head = `POST /exec/e/start HTTP/1.1\r\n${upgrade}Content-Type: application/json\r\n`;
        client.write(`${head}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 1)}`);
        client.write(body.slice(1));
        expect(await client.header()).toContain("101 UPGRADED");
        client.socket.destroy();
      }
    });

    test("input sent right behind the options is not lost", async () => {
      await using attached = await attachable(handed);
      const client = new RawClient(attached.engine.path);
      const head = `POST /exec/e/start HTTP/1.1\r\n${upgrade}Content-Type: application/json\r\n`;
      client.write(`${head}Content-Length: 2\r\n\r\n{}`);
      await client.header();
      client.write("typed");
      await attached.process.until(({ input }) => input === "typed");
      client.socket.destroy();
    });

    test("an unknown container is refused in plain text, on attach", async () => {
      await using attached = await attachable(handed);
      const client = new RawClient(attached.engine.path);
      client.write(`POST /containers/nope/attach?stream=1 HTTP/1.1\r\n${upgrade}\r\n`);
      expect(await client.header()).toStartWith("HTTP/1.1 404 Not Found\r\n");
      await client.until(({ ended }) => ended);
      expect(client.received.toString()).toBe("No such container: nope\r\n");
    });

    test("other upgrades (h2c) are passed over", async () => {
      await using attached = await attachable(handed);
      const client = new RawClient(attached.engine.path);
      client.write("GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
      expect(await client.header()).toStartWith("HTTP/1.1 200 OK\r\n");
      client.socket.destroy();
    });
  });
}

test("a client that goes away while its stream is made leaves nothing open", async () => {
  const process = new FakeProcess();
  const made = Promise.withResolvers<FakeProcess>();
  const asked = Promise.withResolvers<AbortSignal>();
  await using engine = await serve({
    containers: {
      attach(_name, { signal }) {
        asked.resolve(signal);
        return made.promise;
      },
    },
  });
  const client = new RawClient(engine.path);
  client.write(`POST /containers/c/attach?stream=1&stdin=1 HTTP/1.1\r\n${upgrade}\r\n`);
  const signal = await asked.promise;
  client.socket.destroy();
  while (!signal.aborted) await new Promise((resolve) => setImmediate(resolve));
  made.resolve(process);
  await process.until(({ closed }) => closed);
});

test("without an upgrade a missing body is no end of input, a chunked one is input", async () => {
  for (const chunked of [false, true]) {
    await using attached = await attachable(false);
    const { engine, process } = attached;
    const client = new RawClient(engine.path);
    const head = "POST /containers/c/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: d\r\n";
    client.write(chunked ? `${head}Transfer-Encoding: chunked\r\n\r\n2\r\nin\r\n0\r\n\r\n` : `${head}\r\n`);
    await client.header();
    if (chunked) await process.until(({ inputClosed }) => inputClosed);
    process.emit("stdout", "x");
    await client.until(({ received }) => received.length === 9);
    expect([process.input, process.inputClosed]).toEqual(chunked ? ["in", true] : ["", false]);
    client.socket.destroy();
  }
});

test("a client that goes away closes the attachment", async () => {
  await using attached = await attachable(false);
  const client = new RawClient(attached.engine.path);
  client.write(`POST /containers/c/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\n${upgrade}\r\n`);
  await client.header();
  client.socket.destroy();
  await attached.process.until(({ closed }) => closed);
  expect(attached.requests[0]?.signal.aborted).toBe(true);
});
