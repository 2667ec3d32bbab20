// What must stay bounded: listeners and descriptors of clients that go away, memory while a reader is slow.
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import type { OutputChunk } from "../runtime/runtime-service.ts";
import { FakeProcess, RawClient, serve, type Running } from "./testing/engine.ts";

const upgrade = "Host: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n";

class Signals {
  readonly pending = new Set<AbortSignal>();
  #quiet = Promise.withResolvers<void>();

  add(signal: AbortSignal): void {
    this.pending.add(signal);
    signal.addEventListener("abort", () => {
      this.pending.delete(signal);
      if (this.pending.size === 0) this.#quiet.resolve();
    });
  }

  async allAborted(): Promise<void> {
    while (this.pending.size > 0) {
      await this.#quiet.promise;
      this.#quiet = Promise.withResolvers();
    }
  }
}

/** Sends the request, waits for the first byte of the answer, goes away. */
function abandon(path: string, request: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(path);
  socket.on("close", () => resolve());
  socket.on("error", () => undefined);
  socket.once("data", () => socket.destroy());
  socket.write(request);
  return promise;
}

async function abandonMany(engine: Running, request: string, count: number): Promise<void> {
  const atOnce = 20;
  for (let done = 0; done < count; done += atOnce)
    await Promise.all(Array.from({ length: atOnce }, () => abandon(engine.path, request)));
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

describe.each([false, true])("clients that go away (connections handed over: %p)", (handed) => {
  test("leave no listener and no descriptor behind, 10,000 times", async () => {
    const signals = new Signals();
    const { promise: forever } = Promise.withResolvers<never>();
    await using engine = await serve(
      {
        containers: {
          wait(_name, _condition, signal) {
            signals.add(signal);
            return { result: forever };
          },
          attach(_name, { signal }) {
            signals.add(signal);
            return Promise.resolve(new FakeProcess());
          },
        },
      },
      { handed },
    );
    const before = descriptors();
    await abandonMany(engine, "POST /containers/c/wait HTTP/1.1\r\nHost: d\r\n\r\n", 2_500);
    await abandonMany(engine, `POST /containers/c/attach?stream=1&stdin=1 HTTP/1.1\r\n${upgrade}\r\n`, 2_500);
    await signals.allAborted();
    expect(signals.pending.size).toBe(0);
    expect(descriptors()).toBeLessThanOrEqual(before + 5);
  }, 60_000);
});

describe.each(["attach", "logs"])("a reader that stops reading (%s)", (verb) => {
  test("stops the process, and memory stays", async () => {
    let produced = 0;
    async function* endless(): AsyncGenerator<OutputChunk> {
      for (;;) {
        produced += 65_536;
        yield await Promise.resolve({ stream: "stdout", data: Buffer.alloc(65_536) });
      }
    }
    const process = new FakeProcess(false, endless());
    await using engine = await serve({
      containers: { attach: () => Promise.resolve(process), logs: () => Promise.resolve(process) },
    });
    const client = new RawClient(engine.path);
    client.socket.pause();
    client.write(
      verb === "attach"
        ? `POST /containers/c/attach?stream=1&stdout=1 HTTP/1.1\r\n${upgrade}\r\n`
        : "GET /containers/c/logs?stdout=1 HTTP/1.1\r\nHost: d\r\n\r\n",
    );
    // Until nothing more is produced over many turns of the event loop.
    for (let last = -1, still = 0; still < 200; ) {
      await new Promise((resolve) => setImmediate(resolve));
      still = produced === last && produced > 0 ? still + 1 : 0;
      last = produced;
    }
    expect(produced).toBeLessThan(4 * 1024 * 1024);
    client.socket.destroy();
    if (verb === "attach") await process.until(({ closed }) => closed);
  });
});
