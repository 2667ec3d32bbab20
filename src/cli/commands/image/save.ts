import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { type OutputFile, openOutputFile } from "../../output-file.ts";
import { platformQuery } from "../../platform-flag.ts";

export const command: Command = {
  names: ["image save", "save"],
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  summary: "Save one or more images to a tar archive (streamed to STDOUT by default)",
  flags: [
    {
      name: "output",
      short: "o",
      kind: "string",
      summary: "Write to a file, instead of STDOUT",
      complete: "file",
    },
    {
      name: "platform",
      kind: "string",
      summary:
        'Save only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    },
  ],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "image",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { flags, terminal } = context;
  const path = flags.string("output") ?? "";
  const platform = platformQuery(flags.string("platform"));
  if (path === "" && terminal.stdoutIsTty)
    throw new CommandError("cowardly refusing to save to a terminal. Use the -o flag or redirect");
  if (path === "") {
    await copy(context, platform, (chunk) => terminal.out(chunk));
    return 0;
  }
  await saveTo(openOutputFile(path, "failed to save image"), context, platform);
  return 0;
}

async function saveTo(
  file: OutputFile,
  context: CommandContext,
  platform: object | undefined,
): Promise<void> {
  try {
    await copy(context, platform, (chunk) => file.write(chunk));
  } catch (error) {
    file.abort();
    throw error;
  }
  file.commit();
}

async function copy(
  { args, client, signal }: CommandContext,
  platform: object | undefined,
  write: (chunk: Uint8Array) => void,
): Promise<void> {
  const body = await client().stream("GET", "/images/get", { query: { names: args, platform }, signal });
  for await (const chunk of body) write(chunk as Uint8Array);
}
