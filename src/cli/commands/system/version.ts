import type { SystemVersion } from "../../../spec/api/system.ts";
import { clientVersion, type ClientVersion, negotiatedVersion } from "../../client-version.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { errorText } from "../../error-text.ts";
import { ansicDate } from "../../format/ansic-date.ts";
import { inspectFormatFlag } from "../../format-flag.ts";
import { alignTabs } from "../../format/tabwriter.ts";

export const command: Command = {
  names: ["version"],
  usage: "[OPTIONS]",
  summary: "Show the Gantry version information",
  flags: [inspectFormatFlag],
  args: [0, 0],
  run,
};

/** What docker exits with when the format itself is wrong. */
const badFormatCode = 64;

async function run(context: CommandContext): Promise<number> {
  const { flags, terminal } = context;
  const print = await printer(flags.string("format") ?? "");
  const client = clientVersion(context);
  const answer = await askServer(context);
  const server = "error" in answer ? undefined : answer;
  client.ApiVersion = negotiatedVersion(server?.ApiVersion, terminal.env);
  const { text, problem } = print(client, server);
  terminal.out(alignTabs(`${text}\n`, { minWidth: 20, padding: 1 }));
  if ("error" in answer) throw answer.error;
  if (problem !== undefined) throw new CommandError(problem);
  return 0;
}

interface Printed {
  text: string;
  problem?: string;
}

type Print = (client: ClientVersion, server: SystemVersion | undefined) => Printed;

async function printer(format: string): Promise<Print> {
  if (format === "") return (client, server) => ({ text: clientText(client) + serverText(server) });
  const { versionTemplate } = await import("../../format/version-template.ts");
  try {
    return versionTemplate(format);
  } catch (error) {
    throw new CommandError(`template parsing error: ${errorText(error)}`, badFormatCode);
  }
}

async function askServer({ client }: CommandContext): Promise<SystemVersion | { error: unknown }> {
  try {
    return withEngine(await client().request<SystemVersion>("GET", "/version"));
  } catch (error) {
    return { error };
  }
}

/** Old engines name no components: the engine then is one. */
function withEngine(server: SystemVersion): SystemVersion {
  const components = server.Components ?? [];
  const engine = components.find(({ Name }) => Name === "Engine");
  if (engine !== undefined) {
    const built = engine.Details?.BuildTime;
    if (typeof built === "string") engine.Details = { ...engine.Details, BuildTime: ansicDate(built) };
    return server;
  }
  const {
    ApiVersion,
    MinAPIVersion,
    GitCommit,
    GoVersion,
    Os,
    Arch,
    BuildTime = "",
    Experimental = false,
  } = server;
  const details = { ApiVersion, MinAPIVersion, GitCommit, GoVersion, Os, Arch };
  const added = {
    Name: "Engine",
    Version: server.Version ?? "",
    Details: { ...details, BuildTime: ansicDate(BuildTime), Experimental: String(Experimental) },
  };
  return { ...server, Components: [...components, added] };
}

function clientText(client: ClientVersion): string {
  const { ApiVersion = "", DefaultAPIVersion } = client;
  const downgraded = ApiVersion === DefaultAPIVersion ? "" : ` (downgraded from ${DefaultAPIVersion})`;
  const lines: [string, string][] = [
    ["Version", client.Version],
    ["API version", ApiVersion + downgraded],
    ["Runtime", client.GoVersion],
    ["Git commit", client.GitCommit],
    ["Built", client.BuildTime],
    ["OS/Arch", `${client.Os}/${client.Arch}`],
    ["Context", client.Context],
  ];
  const shown = lines.filter(([, value]) => value !== "").map(([name, value]) => ` ${name}:\t${value}`);
  return ["Client:", ...shown].join("\n");
}

function serverText(server: SystemVersion | undefined): string {
  if (server === undefined) return "";
  const platform = server.Platform?.Name ?? "";
  const components = (server.Components ?? []).map(({ Name = "", Version = "", Details = {} }) => {
    const lines = Name === "Engine" ? engineLines(Version, Details) : componentLines(Version, Details);
    return `\n ${Name}:${lines.map(([name, value]) => `\n  ${name}:\t${value}`).join("")}`;
  });
  return `\n\nServer:${platform === "" ? "" : ` ${platform}`}${components.join("")}`;
}

function engineLines(version: string, details: Record<string, unknown>): [string, string][] {
  const text = (name: string): string => textOf(details[name]);
  return [
    ["Version", version],
    ["API version", `${text("ApiVersion")} (minimum version ${text("MinAPIVersion")})`],
    ["Go version", text("GoVersion")],
    ["Git commit", text("GitCommit")],
    ["Built", text("BuildTime")],
    ["OS/Arch", `${text("Os")}/${text("Arch")}`],
    ["Experimental", text("Experimental")],
  ];
}

function componentLines(version: string, details: Record<string, unknown>): [string, string][] {
  const names = Object.keys(details).sort();
  return [["Version", version], ...names.map((name): [string, string] => [name, textOf(details[name])])];
}

function textOf(detail: unknown): string {
  return typeof detail === "string" ? detail : "";
}
