import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endpoint } from "./endpoint.ts";
import type { Address } from "./transport.ts";

type SshEndpoint = Extract<Endpoint, { kind: "ssh" }>;

/**
 * A private local socket whose every connection is one `ssh HOST gantry system dial-stdio` (docker's, where gantry is
 * not installed). All transports then speak to a unix socket and know nothing of ssh.
 */
export async function openSshTunnel(endpoint: SshEndpoint, closed: AbortSignal): Promise<Address> {
  const directory = await mkdtemp(join(tmpdir(), "gantry-ssh-"));
  const path = join(directory, "engine.sock");
  const server = createServer({ allowHalfOpen: true }, (socket) => relay(socket, endpoint, closed));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  server.unref();
  closed.addEventListener("abort", () => {
    server.close();
    // At once: the command may be about to end.
    rmSync(directory, { recursive: true, force: true });
  });
  return { kind: "unix", path };
}

function relay(socket: Socket, endpoint: SshEndpoint, closed: AbortSignal): void {
  const ssh = spawn("ssh", sshArguments(endpoint), { stdio: ["pipe", "pipe", "inherit"] });
  ssh.once("error", () => socket.destroy());
  socket.once("error", () => ssh.kill());
  socket.once("close", () => ssh.kill());
  // Else it outlives a command that ends at once, and keeps what it has of its terminal open.
  closed.addEventListener("abort", () => ssh.kill());
  ssh.stdin.on("error", () => socket.destroy());
  socket.pipe(ssh.stdin);
  ssh.stdout.pipe(socket);
}

/** `--` keeps a host named `-oProxyCommand=…` from being read as an option. */
export function sshArguments(endpoint: SshEndpoint): string[] {
  const dial = (program: string) =>
    endpoint.socketPath === undefined
      ? `${program} system dial-stdio`
      : `${program} -H ${shellQuote(`unix://${endpoint.socketPath}`)} system dial-stdio`;
  const remote = `if command -v gantry >/dev/null 2>&1; then exec ${dial("gantry")}; else exec ${dial("docker")}; fi`;
  return [
    ...(endpoint.user === undefined ? [] : ["-l", endpoint.user]),
    ...(endpoint.port === undefined ? [] : ["-p", String(endpoint.port)]),
    "-o",
    "ConnectTimeout=30",
    "-T",
    "--",
    endpoint.hostname,
    `sh -c ${shellQuote(remote)}`,
  ];
}

/** The remote shell reads the command line: one single-quoted word. */
function shellQuote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
