import type { Readable } from "node:stream";
import { createReadStream, openSync } from "node:fs";
import { parseReference } from "../../../spec/reference.ts";
import type { Command, CommandContext } from "../../command.ts";
import { openError } from "../../open-error.ts";
import { displayProgress, type ProgressLine } from "../../progress/display.ts";

export const command: Command = {
  names: ["image import", "import"],
  usage: "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
  summary: "Import the contents from a tarball to create a filesystem image",
  flags: [
    {
      name: "change",
      short: "c",
      kind: "list",
      summary: "Apply Dockerfile instruction to the created image",
    },
    { name: "message", short: "m", kind: "string", summary: "Set commit message for imported image" },
    { name: "platform", kind: "string", summary: "Set platform if server is multi-platform capable" },
  ],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "file",
  run,
};

async function run({ flags, args, client, terminal, signal }: CommandContext): Promise<number> {
  const [source = "", repository = ""] = args;
  if (repository !== "") parseReference(repository);
  const stream = sourceStream(source, terminal.stdin);
  const lines = client().lines<ProgressLine>("POST", "/images/create", {
    query: {
      fromSrc: stream === undefined ? source : "-",
      repo: repository || undefined,
      message: flags.string("message") || undefined,
      platform: flags.string("platform")?.toLowerCase() || undefined,
      changes: flags.list("change"),
    },
    ...(stream !== undefined && { stream, headers: { "Content-Type": "application/x-tar" } }),
    signal,
  });
  await displayProgress(lines, terminal);
  return 0;
}

/** What is uploaded; nothing when the engine fetches a URL itself. */
function sourceStream(source: string, stdin: Readable): Readable | undefined {
  if (source === "-") return stdin;
  if (/^https?:\/\//.test(source)) return undefined;
  try {
    return createReadStream(source, { fd: openSync(source, "r") });
  } catch (error) {
    throw openError(source, error);
  }
}
