import type { Command, CommandContext } from "../../command.ts";
import { configDirectory } from "../../config-file.ts";
import { eraseCredentials, hostOf, hubServer } from "../../registry-auth/credentials.ts";

export const command: Command = {
  names: ["logout"],
  usage: "[SERVER]",
  summary: "Log out from a registry",
  details: "Log out from a registry.\nIf no server is specified, the default is defined by the daemon.",
  flags: [],
  args: [0, 1],
  run,
};

async function run({ args, config, globals, terminal }: CommandContext): Promise<number> {
  const [name = ""] = args;
  const isHub = name === "" || name === hubServer;
  const host = hostOf(name);
  // Old clients stored other spellings of the same registry.
  const servers = isHub ? [hubServer] : [host, `http://${host}`, `https://${host}`];
  terminal.out(`Removing login credentials for ${isHub ? hubServer : host}\n`);
  const failures = eraseCredentials(
    config(),
    configDirectory(globals.string("config"), terminal.env),
    servers,
  );
  if (failures.length === servers.length)
    terminal.err(["WARNING: could not erase credentials:", ...failures, ""].join("\n"));
  return 0;
}
