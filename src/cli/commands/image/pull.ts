import {
  fullName,
  parseReference,
  type Reference,
  referenceString,
  withDefaultTag,
} from "../../../spec/reference.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { displayProgress, drainProgress, type ProgressLine } from "../../progress/display.ts";
import { encodeAuth, readCredentials, serverKey } from "../../registry-auth/credentials.ts";

export const command: Command = {
  names: ["image pull", "pull"],
  usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
  summary: "Download an image from a registry",
  flags: [
    { name: "all-tags", short: "a", kind: "bool", summary: "Download all tagged images in the repository" },
    { name: "disable-content-trust", kind: "bool", summary: "Skip image verification", default: "true" },
    { name: "platform", kind: "string", summary: "Set platform if server is multi-platform capable" },
    { name: "quiet", short: "q", kind: "bool", summary: "Suppress verbose output" },
  ],
  args: [1, 1],
  completeArgs: "image",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { flags, args, client, config, terminal, signal } = context;
  const [quiet, all] = [flags.bool("quiet"), flags.bool("all-tags")];
  const reference = wanted(args[0] ?? "", all);
  if (reference.isDefault && !quiet) terminal.out(`Using default tag: ${reference.tag ?? ""}\n`);
  const lines = client().lines<ProgressLine>("POST", "/images/create", {
    query: {
      fromImage: fullName(reference),
      tag: reference.digest ?? reference.tag,
      platform: flags.string("platform")?.toLowerCase() || undefined,
    },
    headers: { "X-Registry-Auth": encodeAuth(readCredentials(config(), serverKey(reference.domain))) },
    signal,
  });
  await (quiet ? drainProgress(lines) : displayProgress(lines, terminal));
  terminal.out(`${referenceString(reference)}\n`);
  return 0;
}

function wanted(text: string, all: boolean): Reference & { isDefault: boolean } {
  const reference = parseReference(text);
  const bare = reference.tag === undefined && reference.digest === undefined;
  if (all && !bare) throw new CommandError("tag can't be used with --all-tags/-a");
  return bare && !all
    ? { ...withDefaultTag(reference), isDefault: true }
    : { ...reference, isDefault: false };
}
