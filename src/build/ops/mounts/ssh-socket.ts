import { chmodSync, chownSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { once } from "node:events";
import type { BuildSession } from "../../session/build-session.ts";

export interface SshSocketOptions {
  /** Where on the host. */
  path: string;
  id: string;
  mode: number;
  uid: number;
  gid: number;
  session: BuildSession;
  signal: AbortSignal;
}

/** A socket at which the client's agent answers. Answers how to take it away. */
export async function openSshSocket(options: SshSocketOptions): Promise<() => void> {
  const { path, mode, uid, gid } = options;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    relay(socket, options).catch(() => socket.destroy());
  });
  server.listen(path);
  await once(server, "listening");
  chownSync(path, uid, gid);
  chmodSync(path, mode);
  return () => {
    server.close();
    for (const socket of open) socket.destroy();
    rmSync(path, { force: true });
  };
}

async function relay(socket: Socket, { session, id, signal }: SshSocketOptions): Promise<void> {
  const agent = await session.connectSsh(id, signal);
  await Promise.all([pipeline(socket, agent), pipeline(agent, socket)]);
}
