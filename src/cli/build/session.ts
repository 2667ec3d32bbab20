import { messageOf } from "../../base/errors.ts";
import { ApiError } from "../../client/client.ts";
import { type CommandContext, CommandError } from "../command.ts";
import { parseSecret, readSecret } from "./secrets.ts";
import { lendAgent, parseSsh, sshSocket } from "./ssh.ts";

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
  const agents = flags
    .list("ssh")
    .map(parseSsh)
    .map((source) => ({ id: source.id, socket: sshSocket(source, terminal.env) }));
  if (secrets.length === 0 && agents.length === 0) return undefined;
  const values = secrets.map(
    (source) => [source.id, readSecret(source, terminal.env).toString("base64")] as const,
  );
  const body = { secrets: Object.fromEntries(values), ssh: agents.map(({ id }) => id) };
  const { id } = await create(context, body);
  const ended = new AbortController();
  const signal = AbortSignal.any([context.signal, ended.signal]);
  for (const agent of agents)
    lendAgent(client(), id, agent, signal).catch((error: unknown) => {
      if (!signal.aborted) terminal.err(`ssh ${agent.id}: ${messageOf(error)}\n`);
    });
  return { id, end: () => ended.abort() };
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
