import { fullName, parseReference, referenceString, withDefaultTag } from "../../../spec/reference.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { platformQuery } from "../../platform-flag.ts";
import { displayProgress, drainProgress, type ProgressLine } from "../../progress/display.ts";
import { encodeAuth, readCredentials, serverKey } from "../../registry-auth/credentials.ts";

export const command: Command = {
  names: ["image push", "push"],
  usage: "[OPTIONS] NAME[:TAG]",
  summary: "Upload an image to a registry",
  flags: [
    { name: "all-tags", short: "a", kind: "bool", summary: "Push all tags of an image to the repository" },
    { name: "disable-content-trust", kind: "bool", summary: "Skip image signing", default: "true" },
    {
      name: "platform",
      kind: "string",
      summary:
        "Push a platform-specific manifest as a single-platform image to the registry.\nImage index won't be pushed, meaning that other manifests, including attestations won't be preserved.\n'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)",
    },
    { name: "quiet", short: "q", kind: "bool", summary: "Suppress verbose output" },
  ],
  args: [1, 1],
  completeArgs: "image",
  run,
};

async function run({ flags, args, client, config, terminal, signal }: CommandContext): Promise<number> {
  const [quiet, all] = [flags.bool("quiet"), flags.bool("all-tags")];
  const platform = platformQuery(flags.string("platform"));
  const given = parseReference(args[0] ?? "");
  const bare = given.tag === undefined && given.digest === undefined;
  if (all && !bare) throw new CommandError("tag can't be used with --all-tags/-a");
  const reference = bare && !all ? withDefaultTag(given) : given;
  if (bare && !all && !quiet) terminal.out(`Using default tag: ${reference.tag ?? ""}\n`);
  const lines = client().lines<ProgressLine>("POST", `/images/${fullName(reference)}/push`, {
    query: { tag: reference.tag, platform },
    body: {},
    headers: { "X-Registry-Auth": encodeAuth(readCredentials(config(), serverKey(reference.domain))) },
    signal,
  });
  if (!quiet) await displayProgress(lines, terminal);
  else {
    await drainProgress(lines);
    terminal.out(`${referenceString(reference)}\n`);
  }
  return 0;
}
