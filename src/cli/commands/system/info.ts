import type { SystemInfo } from "../../../spec/api/system.ts";
import { clientVersion, type ClientVersion, negotiatedVersion } from "../../client-version.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { errorText } from "../../error-text.ts";
import { inspectFormatFlag } from "../../format-flag.ts";
import { serverInfoText } from "./server-info.ts";

export const command: Command = {
  names: ["system info", "info"],
  usage: "[OPTIONS]",
  summary: "Display system-wide information",
  flags: [inspectFormatFlag],
  args: [0, 0],
  run,
};

/** `clientInfo` by docker's names. */
export type ClientInfo = ClientVersion & { Debug: boolean; Plugins: never[]; Warnings: null };

async function run(context: CommandContext): Promise<number> {
  const format = context.flags.string("format") ?? "";
  const client: ClientInfo = {
    Debug: context.globals.bool("debug"),
    ...clientVersion(context),
    Plugins: [],
    Warnings: null,
  };
  return format === "" ? showText(context, client) : showTemplate(context, client, format);
}

async function showText(
  { client, terminal, config, globals }: CommandContext,
  own: ClientInfo,
): Promise<number> {
  terminal.out(
    `Client:\n Version:    ${own.Version}\n Context:    ${own.Context}\n Debug Mode: ${own.Debug}\n\nServer:\n`,
  );
  const info = await client().request<SystemInfo>("GET", "/info");
  const username = config().auths?.["https://index.docker.io/v1/"]?.auth;
  terminal.out(`${serverInfoText(info, { debug: globals.bool("debug"), username: userOf(username) })}\n`);
  for (const warning of info.Warnings ?? []) terminal.err(`${warning}\n`);
  return 0;
}

function userOf(auth: string | undefined): string {
  return auth === undefined ? "" : (Buffer.from(auth, "base64").toString("utf8").split(":")[0] ?? "");
}

async function showTemplate(
  { client, terminal }: CommandContext,
  own: ClientInfo,
  format: string,
): Promise<number> {
  const { infoTemplate, needsEngine } = await import("../../format/info-template.ts");
  let raw = "{}";
  let failure: unknown;
  if (needsEngine(format, own)) {
    try {
      raw = await client().text("GET", "/info");
    } catch (error) {
      failure = error;
    }
    own.ApiVersion = negotiatedVersion(undefined, terminal.env);
  }
  const { text, problem, exitCode } = infoTemplate(format, raw, own);
  if (text !== undefined) terminal.out(`${text}\n`);
  const messages = [
    ...(failure === undefined ? [] : [errorText(failure)]),
    ...(problem === undefined ? [] : [problem]),
  ];
  if (messages.length > 0) throw new CommandError(messages.join("\n"), exitCode || 1);
  return 0;
}
