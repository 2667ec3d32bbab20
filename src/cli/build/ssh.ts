import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Client } from "../../client/client.ts";
import { CommandError } from "../command.ts";
import { files } from "../files.ts";

/** One `--ssh`: an agent by name. */
export interface SshSource {
  id: string;
  /** Its socket; absent is SSH_AUTH_SOCK. */
  socket?: string;
}

/** Reads `default` or `id=path`. Throws an Error. */
export function parseSsh(text: string): SshSource {
  const [id = "", socket] = text.split(/=(.*)/s, 2);
  if (id === "") throw new Error("invalid ssh: id is required");
  if (socket?.includes(",")) throw new Error(noKeys(id));
  return { id, ...(socket !== undefined && socket !== "" && { socket }) };
}

function noKeys(id: string): string {
  return `ssh ${id}: key files are not taken; load them into an agent (ssh-add) and give its socket`;
}

/** The agent's socket. Throws CommandError where there is none. */
export function sshSocket({ id, socket }: SshSource, env: Record<string, string | undefined>): string {
  const path = socket ?? env.SSH_AUTH_SOCK ?? "";
  if (path === "") throw new CommandError("invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set");
  const found = files().statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new CommandError(`ssh ${id}: ${path} does not exist`);
  if (!found.isSocket()) throw new CommandError(noKeys(id));
  return path;
}

/**
 * Lends an agent to a build: always one connection to the engine waits for a step to use it; the step's first byte opens one to
 * the agent, and the next waits. Ends with the signal.
 */
export async function lendAgent(
  client: Client,
  session: string,
  agent: { id: string; socket: string },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const engine = await client.hijack(`/build/sessions/${session}/ssh`, { query: { id: agent.id }, signal });
    const first = await firstBytes(engine);
    if (first !== undefined) await join(engine, first, agent.socket);
  }
}

/** Undefined once the engine has closed it unused. */
function firstBytes(engine: Duplex): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const gone = () => resolve(undefined);
    engine.once("close", gone).once("error", gone).once("end", gone);
    engine.once("data", (bytes: Buffer) => {
      engine.pause();
      resolve(bytes);
    });
    engine.resume();
  });
}

async function join(engine: Duplex, first: Buffer, path: string): Promise<void> {
  const { connect } = await import("node:net");
  const agent: Socket = connect({ path, allowHalfOpen: true });
  const end = () => {
    engine.destroy();
    agent.destroy();
  };
  agent.on("error", end);
  engine.on("error", end).on("close", end);
  agent.write(first);
  engine.pipe(agent);
  agent.pipe(engine);
}
