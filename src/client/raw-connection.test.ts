import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hijack } from "./hijack.ts";
import { overStream, type RawConnection } from "./raw-connection.ts";
import type { Address, WireRequest } from "./transport.ts";
import { upgradeUnix } from "./unix-connection.ts";
import type { Upgrade } from "./upgrade.ts";

type UnixAddress = Address & { kind: "unix" };
type Open = (address: UnixAddress, request: WireRequest) => Promise<Upgrade<RawConnection>>;

const implementations: Record<string, Open> = {
  "a socket of Bun's": upgradeUnix,
  "a stream of Node's": async (address, request) => {
    const upgrade = await hijack(address, request);
    return "stream" in upgrade ? { stream: overStream(upgrade.stream) } : upgrade;
  },
};

const agreed = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const step of cleanups.splice(0)) step();
});

/** An engine that answers every request's head with `serve`. */
async function engine(serve: (socket: Socket) => void): Promise<UnixAddress> {
  const directory = mkdtempSync(join(tmpdir(), "gantry-raw-"));
  const path = join(directory, "engine.sock");
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => serve(socket));
  });
  cleanups.push(() => {
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { kind: "unix", path };
}

const request = (signal?: AbortSignal): WireRequest => ({
  method: "POST",
  path: "/attach",
  headers: {},
  ...(signal && { signal }),
});

async function connect(
  open: Open,
  serve: (socket: Socket) => void,
  signal?: AbortSignal,
): Promise<RawConnection> {
  const upgrade = await open(await engine(serve), request(signal));
  if (!("stream" in upgrade)) throw new Error(`refused: ${upgrade.status}`);
  return upgrade.stream;
}

async function text(connection: RawConnection): Promise<string> {
  let seen = "";
  await connection.receive((bytes) => (seen += Buffer.from(bytes).toString("latin1")));
  return seen;
}

for (const [name, open] of Object.entries(implementations)) {
  describe(`a raw connection over ${name}`, () => {
    test("first bytes that came with the answer are the stream's; half-close leaves the other way open", async () => {
      const connection = await connect(open, (socket) => {
        socket.write(`${agreed}ready:`);
        let seen = "";
        socket.on("data", (chunk: Buffer) => (seen += chunk.toString("latin1")));
        socket.on("end", () => socket.end(seen.toUpperCase()));
      });
      const output = text(connection);
      await connection.write(Buffer.from("hello"));
      connection.end();
      expect(await output).toBe("ready:HELLO");
    });

    test("an answer cut anywhere is read whole", async () => {
      const connection = await connect(open, (socket) => {
        for (const byte of `${agreed}abc`) socket.write(byte);
        socket.end();
      });
      expect(await text(connection)).toBe("abc");
    });

    test("a reader that does not read holds the writer back; nothing is lost", async () => {
      let peer: Socket | undefined;
      let bytes = 0;
      const connection = await connect(open, (socket) => {
        peer = socket;
        socket.pause();
        socket.write(agreed);
        socket.on("data", (chunk: Buffer) => (bytes += chunk.length));
        socket.on("end", () => socket.end(String(bytes)));
        // A listener for data sets a stream flowing.
        socket.pause();
      });
      const size = 8 * 1024 * 1024;
      let written = false;
      const write = connection.write(new Uint8Array(size)).then(() => (written = true));
      await new Promise((resolve) => setImmediate(resolve));
      expect(written).toBe(false);
      peer?.resume();
      await write;
      connection.end();
      expect(await text(connection)).toBe(String(size));
    });

    test("a refusal carries its status and body, by length, by chunks and to the end", async () => {
      const bodies = [
        "HTTP/1.1 409 Conflict\r\nContent-Length: 4\r\n\r\nbusy",
        "HTTP/1.1 409 Conflict\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbu\r\n2\r\nsy\r\n0\r\n\r\n",
      ];
      for (const body of bodies) {
        const upgrade = await open(await engine((socket) => void socket.write(body)), request());
        expect(upgrade).toMatchObject({ status: 409, body: "busy" });
      }
      const toTheEnd = await engine((socket) => void socket.end("HTTP/1.1 500 Broken\r\n\r\nbusy"));
      expect(await open(toTheEnd, request())).toMatchObject({ status: 500, body: "busy" });
    });

    test("an engine that leaves without an answer is an error", async () => {
      const address = await engine((socket) => void socket.end());
      expect(await open(address, request()).catch((error: unknown) => String(error))).toContain(
        "connection closed by the engine",
      );
    });

    test("close ends what is received; an abort and a sink that throws break it", async () => {
      const closed = await connect(open, (socket) => void socket.write(agreed));
      const output = text(closed);
      closed.close();
      expect(await output).toBe("");

      const controller = new AbortController();
      const aborted = await connect(open, (socket) => void socket.write(agreed), controller.signal);
      const reading = text(aborted).catch((error: unknown) => (error as Error).name);
      controller.abort();
      expect(await reading).toBe("AbortError");

      const full = await connect(open, (socket) => void socket.write(`${agreed}x`));
      const broken = full.receive(() => {
        throw new Error("no space left");
      });
      expect(await broken.catch((error: unknown) => (error as Error).message)).toBe("no space left");
    });

    test("writing to an engine that is gone does not hang", async () => {
      const connection = await connect(open, (socket) => {
        socket.write(agreed);
        socket.destroy();
      });
      await text(connection).catch(() => undefined);
      await connection.write(new Uint8Array(1024 * 1024));
      connection.end();
      connection.close();
    });
  });
}
