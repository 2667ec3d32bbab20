// An agent's way from a step of a build to the user's socket, through the engine's own API.
import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { serve } from "../../api/testing/engine.ts";
import { SessionStore } from "../../build/session/session-store.ts";
import { createClient } from "../../client/engine-client.ts";
import { lendAgent, sshSocket } from "./ssh.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const step of cleanups.splice(0).reverse()) step();
});

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "gantry-ssh-"));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Answers each message with its length; counts connections. */
async function agent(): Promise<{ socket: string; connections: () => number }> {
  let connections = 0;
  const server: Server = createServer((connection) => {
    connections += 1;
    connection.on("error", () => {});
    connection.on("data", (bytes) => connection.write(`${bytes.length}:`));
  });
  const socket = join(newDirectory(), "agent.sock");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  cleanups.push(() => server.close());
  return { socket, connections: () => connections };
}

function answerTo(stream: Duplex, message: string): Promise<string> {
  return new Promise((resolve) => {
    stream.once("data", (bytes: Buffer) => resolve(bytes.toString()));
    stream.resume();
    stream.write(message);
  });
}

test("each connection of a step reaches the agent by itself, and none before it is used", async () => {
  const sessions = new SessionStore();
  await using engine = await serve({ buildInputs: { sessions } });
  const client = createClient({ host: engine.path, endpoint: { kind: "unix", path: engine.path } });
  cleanups.push(() => client.close());
  const { socket, connections } = await agent();
  const ended = new AbortController();
  const id = sessions.create({ ssh: ["default"] });
  const lending = lendAgent(client, id, { id: "default", socket }, ended.signal).catch(() => {});
  const session = sessions.use(id);
  const first = await session.connectSsh("default", ended.signal);
  expect(connections()).toBe(0);
  expect(await answerTo(first, "hello")).toBe("5:");
  const second = await session.connectSsh("default", ended.signal);
  expect(await answerTo(second, "hi")).toBe("2:");
  expect(await answerTo(first, "again!!")).toBe("7:");
  expect(connections()).toBe(2);
  first.destroy();
  second.destroy();
  ended.abort();
  sessions.end(id);
  await lending;
});

test("a socket is an agent's, a file is not", () => {
  expect(() => sshSocket({ id: "default" }, {})).toThrow("make sure SSH_AUTH_SOCK is set");
  const key = join(newDirectory(), "key");
  writeFileSync(key, "");
  expect(() => sshSocket({ id: "a", socket: key }, {})).toThrow("key files are not taken");
  expect(() => sshSocket({ id: "a", socket: `${key}x` }, {})).toThrow("does not exist");
});
