import type { Duplex } from "node:stream";
import { messageOf } from "../../base/errors.ts";
import { ApiError } from "../../client/client.ts";
import { type CommandContext, CommandError } from "../command.ts";
import { parseSecret, readSecret } from "./secrets.ts";
import { parseCacheOption } from "../../spec/cache-option.ts";
import { serveLayoutFile } from "./layout.ts";
import { lendStreams } from "./lend-streams.ts";
import { lendAgent, sshAgents } from "./ssh.ts";

/** What a build is lent: secrets in the engine's memory, agents over connections of ours. */
export interface LentSession {
  id: string;
  /** Stops lending. */
  end(): void;
}

/** Lends what `--secret` and `--ssh` name; undefined if they name nothing. Values go in a body, which no log holds. */
export async function lend(context: CommandContext): Promise<LentSession | undefined> {
  const { flags, terminal, client } = context;
  const secrets = flags.list("secret").map(parseSecret);
  const agents = await sshAgents(flags.list("ssh"), terminal.env);
  const layouts = layoutsOf(flags.list("cache-from"));
  if (secrets.length === 0 && agents.length === 0 && layouts.length === 0) return undefined;
  const values = secrets.flatMap((source): [string, string][] => {
    const value = readSecret(source, terminal.env);
    return value === undefined ? [] : [[source.id, value.toString("base64")]];
  });
  const body = { secrets: Object.fromEntries(values), ssh: agents.map(({ id }) => id), layouts };
  const { id } = await create(context, body);
  const ended = new AbortController();
  const signal = AbortSignal.any([context.signal, ended.signal]);
  const tell = (what: string) => (error: unknown) => {
    if (!signal.aborted) terminal.err(`${what}: ${messageOf(error)}\n`);
  };
  for (const agent of agents) lendAgent(client(), id, agent, signal).catch(tell(`ssh ${agent.id}`));
  for (const layout of layouts) lendLayout(context, id, layout, signal).catch(tell(`cache ${layout}`));
  return { id, end: () => ended.abort() };
}

/** Folders of `--cache-from type=local`. */
function layoutsOf(caches: readonly string[]): string[] {
  const local = caches.map((text) => parseCacheOption(text, "from")).filter(({ type }) => type === "local");
  return [...new Set(local.map(({ attributes }) => attributes["src"] ?? ""))];
}

/** Its files by their digests, each when a step asks for it. */
async function lendLayout(
  { client }: CommandContext,
  session: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  // The next file need not wait for this one.
  const serve = async (engine: Duplex, first: Buffer) => void serveLayoutFile(engine, first, folder);
  await lendStreams(client(), { path: `/build/sessions/${session}/layout`, id: folder }, serve, signal);
}

async function create({ client, signal }: CommandContext, body: object): Promise<{ id: string }> {
  try {
    return await client().request<{ id: string }>("POST", "/build/sessions", { body, signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404)
      throw new CommandError("this engine takes no secrets and agents from this command");
    throw error;
  }
}
