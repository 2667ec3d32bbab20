import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Client } from "../../client/client.ts";
import { CommandError } from "../command.ts";
import { files } from "../files.ts";
import { lendStreams } from "./lend-streams.ts";

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

/** Lends an agent to a build; see `lendStreams`. */
export async function lendAgent(
  client: Client,
  session: string,
  agent: { id: string; socket: string },
  signal: AbortSignal,
): Promise<void> {
  const serve = (engine: Duplex, first: Buffer) => join(engine, first, agent.socket);
  await lendStreams(client, { path: `/build/sessions/${session}/ssh`, id: agent.id }, serve, signal);
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
