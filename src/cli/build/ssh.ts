import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Client } from "../../client/client.ts";
import { messageOf } from "../../base/errors.ts";
import { CommandError } from "../command.ts";
import { files } from "../files.ts";
import { lendStreams } from "./lend-streams.ts";
import type { AgentKey, readAgentKey } from "./ssh-agent/agent-key.ts";

/** One `--ssh`: an agent by name. */
export interface SshSource {
  id: string;
  /** Its socket, or the files of its keys; none is SSH_AUTH_SOCK. */
  paths: readonly string[];
}

/** What answers for a name: a socket of this machine, or keys that this command holds. */
export type SshAgent = { id: string } & ({ socket: string } | { keys: readonly AgentKey[] });

/** Reads `default` or `id=path[,path…]`. */
export function parseSsh(text: string): SshSource {
  const [id = "", paths = ""] = text.split(/=(.*)/s, 2);
  return { id: id === "" ? "default" : id, paths: paths.split(",").filter((path) => path !== "") };
}

/** The agents that were asked for. Throws CommandError in buildx's words; none of them ever holds a key. */
export async function sshAgents(texts: readonly string[], env: Environment): Promise<SshAgent[]> {
  const sources = texts.map(parseSsh);
  const twice = sources.find(({ id }, index) => sources.findIndex((other) => other.id === id) !== index);
  if (twice !== undefined) throw new CommandError(`duplicate agent ID ${JSON.stringify(twice.id)}`);
  return await Promise.all(sources.map((source) => agentOf(source, env)));
}

type Environment = Record<string, string | undefined>;

async function agentOf({ id, paths }: SshSource, env: Environment): Promise<SshAgent> {
  try {
    const places = paths.length > 0 ? paths : [env.SSH_AUTH_SOCK ?? ""];
    if (places[0] === "") throw new Error("invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set");
    const [socket] = places.filter(isSocket);
    if (socket !== undefined && places.length > 1) throw new Error("only single socket allowed");
    if (socket !== undefined) return { id, socket };
    const { readAgentKey } = await import("./ssh-agent/agent-key.ts");
    return { id, keys: places.map((path) => readKey(path, readAgentKey)) };
  } catch (error) {
    throw new CommandError(
      `failed to convert agent config for ID: ${JSON.stringify(id)}: ${messageOf(error)}`,
    );
  }
}

function isSocket(path: string): boolean {
  const found = files().statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new Error(`stat ${path}: no such file or directory`);
  if (found.isDirectory()) throw new Error(`failed to read ${path}: read ${path}: is a directory`);
  return found.isSocket();
}

function readKey(path: string, read: typeof readAgentKey): AgentKey {
  try {
    return read(files().readFileSync(path, "utf8"), path);
  } catch (error) {
    const encrypted = messageOf(error).endsWith("passphrase protected");
    const hint = encrypted ? "; load it into an agent (ssh-add) and give its socket" : "";
    throw new Error(`failed to parse ${path}: ${messageOf(error)}${hint}`, { cause: error });
  }
}

/** Lends an agent to a build; see `lendStreams`. */
export async function lendAgent(
  client: Client,
  session: string,
  agent: SshAgent,
  signal: AbortSignal,
): Promise<void> {
  const serve =
    "socket" in agent
      ? (engine: Duplex, first: Buffer) => join(engine, first, agent.socket)
      : async (engine: Duplex, first: Buffer) => {
          const { serveAgent } = await import("./ssh-agent/serve-agent.ts");
          serveAgent(engine, first, agent.keys);
        };
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
