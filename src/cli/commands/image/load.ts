import { type Command, type CommandContext, CommandError, type Terminal } from "../../command.ts";
import { uploadOf } from "../../upload.ts";
import { platformQuery } from "../../platform-flag.ts";
import { displayProgress, type ProgressLine } from "../../progress/display.ts";

export const command: Command = {
  names: ["image load", "load"],
  usage: "[OPTIONS]",
  summary: "Load an image from a tar archive or STDIN",
  flags: [
    {
      name: "input",
      short: "i",
      kind: "string",
      summary: "Read from tar archive file, instead of STDIN",
      complete: "file",
    },
    {
      name: "platform",
      kind: "string",
      summary:
        'Load only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    },
    { name: "quiet", short: "q", kind: "bool", summary: "Suppress the load output" },
  ],
  args: [0, 0],
  run,
};

async function run({ flags, client, terminal, signal }: CommandContext): Promise<number> {
  const platform = platformQuery(flags.string("platform"));
  const input = inputOf(flags.string("input") ?? "", terminal);
  const quiet = flags.bool("quiet") || !terminal.stdoutIsTty;
  const lines = client().lines<ProgressLine>("POST", "/images/load", {
    query: { quiet: quiet ? 1 : 0, platform },
    headers: { "Content-Type": "application/x-tar" },
    ...input,
    signal,
  });
  await displayProgress(lines, terminal);
  return 0;
}

function inputOf(path: string, terminal: Terminal): ReturnType<typeof uploadOf> {
  if (path !== "") return uploadOf(path);
  if (terminal.stdinIsTty) throw new CommandError("requested load from stdin, but stdin is empty");
  return { stream: terminal.stdin };
}
