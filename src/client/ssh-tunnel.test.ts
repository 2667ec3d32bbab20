import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHost } from "./endpoint.ts";
import { createClient } from "./engine-client.ts";
import { sshArguments } from "./ssh-tunnel.ts";

let directory = "";
let server: Server;
const path = process.env.PATH;

function program(name: string, text: string): void {
  const file = join(directory, name);
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "gantry-ssh-test-"));
  // What sshd does with the command line, and what `gantry system dial-stdio` does at the other end.
  program("ssh", '#!/bin/sh\nfor word; do last=$word; done\nexec sh -c "$last"\n');
  const relay = `
    const socket = require("node:net").connect({ path: process.argv[2].slice(7), allowHalfOpen: true });
    process.stdin.pipe(socket).pipe(process.stdout);`;
  writeFileSync(join(directory, "relay.js"), relay);
  program("gantry", `#!/bin/sh\nexec ${process.execPath} ${directory}/relay.js "$2"\n`);
  process.env.PATH = `${directory}:${path}`;
  server = createServer((_, response) => response.end("ok"));
  server.on("upgrade", (_: IncomingMessage, socket: Socket) => {
    socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(join(directory, "engine.sock"), resolve));
});

afterAll(() => {
  process.env.PATH = path;
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

test("requests and raw streams pass through ssh, and the local socket goes with the client", async () => {
  const before = tunnels();
  const host = `ssh://me@host:2222${directory}/engine.sock`;
  const client = createClient({ host, endpoint: parseHost(host, false) });
  expect(await client.request<string>("GET", "/_ping")).toBe("ok");
  const stream = await client.hijack("/attach");
  let seen = "";
  stream.on("data", (chunk: Buffer) => (seen += chunk.toString("utf8")));
  stream.resume();
  stream.end("through and back");
  await new Promise((resolve) => stream.once("end", resolve));
  expect(seen).toBe("through and back");
  client.close();
  while (tunnels().length > before.length) await new Promise((resolve) => setImmediate(resolve));
});

function tunnels(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("gantry-ssh-") && !name.includes("test"));
}

test("user and port are ssh's own options, and a host is never one", () => {
  const endpoint = parseHost("ssh://me@host:2222", false);
  if (endpoint.kind !== "ssh") throw new Error("not ssh");
  const words = sshArguments(endpoint);
  expect(words.slice(0, 4)).toEqual(["-l", "me", "-p", "2222"]);
  expect(words.at(words.indexOf("--") + 1)).toBe("host");
});
