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
import { lendAgent, sshAgents } from "./ssh.ts";

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

function refused(...texts: string[]): Promise<unknown> {
  return sshAgents(texts, {}).catch((error: Error) => error.message);
}

test("what cannot answer is refused, by name", async () => {
  const directory = newDirectory();
  const key = join(directory, "key");
  writeFileSync(key, "no key");
  const { socket } = await agent();
  const head = 'failed to convert agent config for ID: "a": ';
  expect(await refused("default")).toContain("make sure SSH_AUTH_SOCK is set");
  expect(await refused(`a=${key}x`)).toBe(`${head}stat ${key}x: no such file or directory`);
  expect(await refused(`a=${directory}`)).toBe(
    `${head}failed to read ${directory}: read ${directory}: is a directory`,
  );
  expect(await refused(`a=${key}`)).toBe(`${head}failed to parse ${key}: ssh: no key found`);
  expect(await refused(`a=${socket},${key}`)).toBe(`${head}only single socket allowed`);
  expect(await refused("a=x", "a=y")).toBe('duplicate agent ID "a"');
  expect(await sshAgents(["default"], { SSH_AUTH_SOCK: socket })).toEqual([{ id: "default", socket }]);
});
