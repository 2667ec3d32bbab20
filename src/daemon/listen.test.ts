import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { createServer as createNetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../base/errors.ts";
import { Log } from "../base/log.ts";
import { loadConfig } from "./config.ts";
import { parseCommandLine } from "./flags.ts";
import { listenAll, type Served } from "./listen.ts";

let directory: string;
let path: string;
const log = new Log("fatal");

function serve(): Served {
  const server = createServer((_request, response) => response.end("OK"));
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { server, close };
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gantry-listen-"));
  path = join(directory, "a.sock");
});
afterEach(() => rmSync(directory, { recursive: true }));

function configOf(...args: string[]) {
  writeFileSync(join(directory, "daemon.json"), "{}");
  return loadConfig(parseCommandLine(["--config-file", join(directory, "daemon.json"), ...args]));
}

async function get(socketPath: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  request({ socketPath, path: "/" }, (response) => response.once("data", (data) => resolve(String(data))))
    .once("error", reject)
    .end();
  return promise;
}

test("several sockets, none open to others, removed at the end", async () => {
  const other = join(directory, "deep", "b.sock");
  const listeners = await listenAll(configOf("-H", `unix://${path}`, "-H", `unix://${other}`), serve, log);
  expect(statSync(path).mode & 0o777).toBe(0o660);
  expect(await get(path)).toBe("OK");
  expect(await get(other)).toBe("OK");
  await Promise.all(listeners.map((listener) => listener.close(100)));
  expect([path, other].map((each) => existsSync(each))).toEqual([false, false]);
});

test("a socket that nobody serves is replaced", async () => {
  const dead = Bun.spawnSync([
    "python3",
    "-c",
    `import socket; socket.socket(socket.AF_UNIX).bind(${JSON.stringify(path)})`,
  ]);
  expect(dead.exitCode).toBe(0);
  const [listener] = await listenAll(configOf("-H", `unix://${path}`), serve, log);
  expect(await get(path)).toBe("OK");
  await listener?.close(0);
});

/** What a listener says when it does not open. */
async function refusal(...args: string[]): Promise<string> {
  try {
    await listenAll(configOf(...args), serve, log);
    return "it opened";
  } catch (error) {
    return messageOf(error);
  }
}

test("a socket that answers is left alone, and what was opened before is closed", async () => {
  const holder = createNetServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  holder.listen(path, resolve);
  await promise;
  const first = join(directory, "first.sock");
  expect(await refusal("-H", `unix://${first}`, "-H", `unix://${path}`)).toContain(
    `cannot listen on unix://${path}: another program listens there`,
  );
  expect(existsSync(first)).toBe(false);
  holder.close();
});

test("a file in the way is not removed", async () => {
  writeFileSync(path, "precious");
  expect(await refusal("-H", `unix://${path}`)).toContain("a file that is no socket is there");
  expect(existsSync(path)).toBe(true);
});

test("an unknown group is an error, and leaves no socket; fd:// without a service manager too", async () => {
  expect(await refusal("-H", `unix://${path}`, "-G", "nosuch")).toContain("group nosuch not found");
  expect(existsSync(path)).toBe(false);
  expect(await refusal("-H", "fd://")).toContain("no sockets found for fd://");
});
