import { messageOf } from "../../base/errors.ts";
import { parseExtraHost } from "../../spec/extra-host.ts";
import { parseReference } from "../../spec/reference.ts";
import { CommandError, type CommandContext } from "../command.ts";
import { parseOutput } from "./outputs.ts";
import { parseSecret } from "./secrets.ts";

/**
 * Refuses what means nothing before anything is sent, and warns of what means nothing any more. Throws CommandError in
 * buildx's words.
 */
export function checkFlags({ flags, terminal }: Pick<CommandContext, "flags" | "terminal">): void {
  const progress = flags.string("progress") ?? "auto";
  if (flags.bool("quiet") && !["auto", "quiet", "none"].includes(progress))
    throw new CommandError(`progress=${progress} and quiet cannot be used together`);
  const builder = flags.string("builder") ?? "default";
  if (builder !== "default") throw new CommandError(`no builder ${JSON.stringify(builder)} found`);
  for (const text of [...flags.list("build-arg"), ...flags.list("label")])
    if (/^(?:=|$)/.test(text))
      throw new CommandError(`invalid key-value pair ${JSON.stringify(text)}: empty key`);
  flags.list("tag").forEach(checkTag);
  check(flags.list("output"), parseOutput);
  check(flags.list("secret"), parseSecret);
  check(flags.list("add-host"), parseExtraHost);
  for (const [name, warning] of Object.entries(passed))
    if (flags.has(name)) terminal.err(`WARNING: ${warning}\n`);
}

/** Of the classic builder; buildx takes them, too, and goes on. */
const passed = {
  isolation: "isolation flag is deprecated with BuildKit.",
  "security-opt": 'security-opt flag is deprecated. "RUN --security=insecure" should be used with BuildKit.',
  squash:
    "experimental flag squash is removed with BuildKit. You should squash inside build using a multi-stage Dockerfile for efficiency.",
};

function checkTag(tag: string): void {
  try {
    parseReference(tag);
  } catch (error) {
    const message = messageOf(error);
    const why = message.includes("must be lowercase") ? "repository name must be lowercase" : message;
    throw new CommandError(`invalid tag ${JSON.stringify(tag)}: ${why}`);
  }
}

function check(texts: readonly string[], parse: (text: string) => unknown): void {
  for (const text of texts) {
    try {
      parse(text);
    } catch (error) {
      throw new CommandError(messageOf(error));
    }
  }
}
