import { expect, test } from "bun:test";
import { heapStats } from "bun:jsc";
import { getEventListeners } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { failureOf } from "../store/testing/failure.ts";
import { ScriptedServer } from "./testing/scripted-server.ts";
import { createTransport } from "./transport.ts";
import { createTrustStore } from "./trust-store.ts";

const transport = createTransport({
  trust: createTrustStore([], {}),
  proxies: { http: "", https: "", none: "" },
  userAgent: "test",
});

const ask = (host: string, signal: AbortSignal) =>
  transport.send({ method: "GET", url: new URL(`http://${host}/`), headers: {}, insecure: true, signal });

function signalsAlive(): number {
  Bun.gc(true);
  return heapStats().objectTypeCounts["AbortSignal"] ?? 0;
}

test("a signal that outlives its requests keeps nothing of them", async () => {
  await using server = await ScriptedServer.start(() => ({ body: "answer" }));
  const { signal } = new AbortController();
  const batch = async () => {
    for (let request = 0; request < 300; request += 1) {
      const response = await ask(server.host, signal);
      await (request % 2 === 0 ? response.text() : response.body?.cancel());
    }
    return signalsAlive();
  };
  // The last ones may wait for the collector's next round.
  const first = await batch();
  expect(getEventListeners(signal, "abort")).toEqual([]);
  expect((await batch()) - first).toBeLessThan(150);
});

test("a signal ends a body that is being read, however long ago its head came", async () => {
  const server = createServer((_request, response) => void response.write("beginning"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const ending = new AbortController();
    const response = await ask(`127.0.0.1:${(server.address() as AddressInfo).port}`, ending.signal);
    const reader = response.body?.getReader();
    await reader?.read();
    Bun.gc(true);
    const rest = failureOf(reader?.read() ?? Promise.resolve());
    ending.abort(new Error("no longer wanted"));
    expect((await rest).message).toContain("no longer wanted");
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
