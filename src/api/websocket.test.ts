import { describe, expect, test } from "bun:test";
import { ask, FakeProcess, noSuchContainer, RawClient, serve } from "./testing/engine.ts";
import { message } from "./websocket.ts";

const handshake =
  "Host: d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://d\r\n";

/** A client's frame: masked, as RFC 6455, 5.3 demands. */
function masked(kind: number, payload: string): Buffer {
  const frame = message(kind, Buffer.from(payload));
  const body = frame.length - Buffer.byteLength(payload);
  frame[1] = (frame[1] ?? 0) | 0x80;
  const key = Buffer.from([1, 2, 3, 4]);
  const hidden = Buffer.from(frame.subarray(body).map((byte, index) => byte ^ (key[index & 3] ?? 0)));
  return Buffer.concat([frame.subarray(0, body), key, hidden]);
}

async function terminal(handed: boolean, version = "v1.51") {
  const process = new FakeProcess(true);
  const engine = await serve(
    {
      containers: {
        attach: (name) => (name === "c" ? Promise.resolve(process) : Promise.reject(noSuchContainer(name))),
      },
    },
    { handed },
  );
  const client = new RawClient(engine.path);
  client.write(
    `GET /${version}/containers/c/attach/ws?stream=1&stdin=1&stdout=1 HTTP/1.1\r\n${handshake}\r\n`,
  );
  return { process, engine, client, header: await client.header() };
}

describe.each([false, true])("attach by WebSocket (connections handed over: %p)", (handed) => {
  test("carries both directions, answers pings, closes", async () => {
    const { process, engine, client, header } = await terminal(handed);
    await using _ = engine;
    expect(header).toContain("Upgrade: websocket\r\n");
    expect(header).toContain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
    process.emit("stdout", "hello");
    await client.until(({ received }) => received.length === 7);
    expect(client.received).toEqual(Buffer.from("\x82\x05hello", "latin1"));
    const long = "x".repeat(70_000);
    client.write(masked(2, "typed "));
    client.write(masked(1, long));
    await process.until(({ input }) => input.length === 70_006);
    expect(process.input).toBe(`typed ${long}`);
    client.received = Buffer.alloc(0);
    client.write(masked(9, "are you there"));
    await client.until(({ received }) => received.length === 15);
    expect(client.received.toString("latin1")).toBe("\x8a\x0dare you there");
    client.write(masked(8, ""));
    await process.until(({ inputClosed }) => inputClosed);
    process.end();
    await client.until(({ ended }) => ended);
    expect(client.received.subarray(-4).toString("latin1")).toBe("\x88\x02\x03\xe8");
  });
});

test("before 1.28 messages are text", async () => {
  const { process, engine, client } = await terminal(false, "v1.27");
  await using _ = engine;
  process.emit("stdout", "a");
  await client.until(({ received }) => received.length === 3);
  expect(client.received[0]).toBe(0x81);
  client.socket.destroy();
});

test("long output has long lengths", () => {
  expect(message(2, Buffer.alloc(126)).subarray(0, 4)).toEqual(Buffer.from([0x82, 126, 0, 126]));
  expect(message(2, Buffer.alloc(65_536)).subarray(0, 10)).toEqual(
    Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
  );
});

test("what is no handshake and who is not there are refused", async () => {
  const { engine, client } = await terminal(false);
  await using _ = engine;
  client.socket.destroy();
  expect((await ask(engine.path, "/containers/c/attach/ws")).status).toBe(400);
  const other = new RawClient(engine.path);
  other.write(`GET /containers/nope/attach/ws HTTP/1.1\r\n${handshake}\r\n`);
  expect(await other.header()).toStartWith("HTTP/1.1 404 Not Found\r\n");
  other.socket.destroy();
});
