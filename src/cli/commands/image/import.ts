import type { Readable } from "node:stream";
import { parseReference } from "../../../spec/reference.ts";
import type { Command, CommandContext } from "../../command.ts";
import { uploadOf } from "../../upload.ts";
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
  const upload = uploadFor(source, terminal.stdin);
  const lines = client().lines<ProgressLine>("POST", "/images/create", {
    query: {
      fromSrc: upload === undefined ? source : "-",
      repo: repository || undefined,
      message: flags.string("message") || undefined,
      platform: flags.string("platform")?.toLowerCase() || undefined,
      changes: flags.list("change"),
    },
    ...(upload !== undefined && { ...upload, headers: { "Content-Type": "application/x-tar" } }),
    signal,
  });
  await displayProgress(lines, terminal);
  return 0;
}

/** What is uploaded; nothing when the engine fetches a URL itself. */
function uploadFor(source: string, stdin: Readable): ReturnType<typeof uploadOf> | undefined {
  if (source === "-") return { stream: stdin };
  return /^https?:\/\//.test(source) ? undefined : uploadOf(source);
}
