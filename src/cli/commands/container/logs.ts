import { Demultiplexer } from "../../../client/demultiplex.ts";
import { containerLogs, inspectContainer } from "../../../client/containers.ts";
import { messageOf } from "../../../base/errors.ts";
import { toApiTimestamp } from "../../../spec/timestamp.ts";
import { type Command, type CommandContext, CommandError, type Terminal } from "../../command.ts";

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

async function run(context: CommandContext): Promise<number> {
  const { flags, args, client, terminal, signal } = context;
  const [name = ""] = args;
  const options = {
    stdout: true,
    stderr: true,
    since: time(context, "since"),
    until: time(context, "until"),
    timestamps: flags.bool("timestamps"),
    follow: flags.bool("follow"),
    tail: flags.string("tail") ?? "all",
    details: flags.bool("details"),
  };
  // Only the container itself tells whether its log is framed.
  const [{ Config }, logs] = await Promise.all([
    inspectContainer(client(), name),
    containerLogs(client(), name, options, signal),
  ]);
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
  }
}
