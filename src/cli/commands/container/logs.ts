<<<<<<< HEAD
import { Demultiplexer } from "../../../client/demultiplex.ts";
import { containerLogs, inspectContainer } from "../../../client/containers.ts";
import { messageOf } from "../../../base/errors.ts";
import { toApiTimestamp } from "../../../spec/timestamp.ts";
import { type Command, type CommandContext, CommandError, type Terminal } from "../../command.ts";
=======
import { containerLogs, inspectContainer } from "../../../client/containers.ts";
import { Demultiplexer } from "../../../client/demultiplex.ts";
import { toApiTimestamp } from "../../../spec/timestamp.ts";
import { messageOf } from "../../../base/errors.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
>>>>>>> e1393ab (Every verb on containers from the command line)

export const command: Command = {
  names: ["container logs", "logs"],
  usage: "[OPTIONS] CONTAINER",
  summary: "Fetch the logs of a container",
  flags: [
    { name: "details", kind: "bool", summary: "Show extra details provided to logs" },
    { name: "follow", short: "f", kind: "bool", summary: "Follow log output" },
    {
      name: "since",
      kind: "string",
      summary:
        'Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    },
    {
      name: "tail",
      short: "n",
      kind: "string",
      default: '"all"',
      summary: "Number of lines to show from the end of the logs",
    },
    { name: "timestamps", short: "t", kind: "bool", summary: "Show timestamps" },
    {
      name: "until",
      kind: "string",
      summary:
        'Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    },
  ],
  args: [1, 1],
  completeArgs: "container",
  run,
};

<<<<<<< HEAD
async function run(context: CommandContext): Promise<number> {
  const { flags, args, client, terminal, signal } = context;
  const { Id = "", Config } = await inspectContainer(client(), args[0] ?? "");
  const logs = await containerLogs(
    client(),
    Id,
    {
      stdout: true,
      stderr: true,
      since: time(context, "since"),
      until: time(context, "until"),
      timestamps: flags.bool("timestamps"),
      follow: flags.bool("follow"),
      tail: flags.string("tail") ?? "all",
      details: flags.bool("details"),
    },
    signal,
  );
  await show(logs, Config?.Tty === true, terminal);
  return 0;
}

function time({ flags }: CommandContext, name: "since" | "until"): string {
  const text = flags.string(name) ?? "";
  if (text === "") return "";
  try {
    return toApiTimestamp(text, new Date());
  } catch (error) {
    throw new CommandError(`invalid value for "${name}": ${messageOf(error)}`);
  }
}

/** Each chunk is written before the next is asked for: a slow reader slows the engine. */
async function show(logs: AsyncIterable<Uint8Array>, tty: boolean, terminal: Terminal): Promise<void> {
  const frames = new Demultiplexer((stream, bytes) =>
    stream === "stderr" ? terminal.err(bytes) : terminal.out(bytes),
  );
  for await (const chunk of logs) {
    if (tty) terminal.out(chunk);
    else frames.push(chunk);
=======
async function run({ args, client, flags, terminal, signal }: CommandContext): Promise<number> {
  const [name = ""] = args;
  const options = {
    stdout: true,
    stderr: true,
    follow: flags.bool("follow"),
    timestamps: flags.bool("timestamps"),
    details: flags.bool("details"),
    since: timestamp("since", flags.string("since")),
    until: timestamp("until", flags.string("until")),
    tail: flags.string("tail") ?? "all",
  };
  // Whether the log is framed is known from the container alone.
  const [{ Config }, body] = await Promise.all([
    inspectContainer(client(), name),
    containerLogs(client(), name, options, signal),
  ]);
  const frames = new Demultiplexer((stream, bytes) =>
    stream === "stderr" ? terminal.err(bytes) : terminal.out(bytes),
  );
  for await (const chunk of body) {
    if (Config?.Tty) terminal.out(chunk as Uint8Array);
    else frames.push(chunk as Uint8Array);
  }
  return 0;
}

function timestamp(name: string, text: string | undefined): string {
  if (!text) return "";
  try {
    return toApiTimestamp(text, new Date());
  } catch (error) {
    throw new CommandError(`invalid value for ${JSON.stringify(name)}: ${messageOf(error)}`);
>>>>>>> e1393ab (Every verb on containers from the command line)
  }
}
