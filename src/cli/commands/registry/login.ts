import type { Command, CommandContext } from "../../command.ts";
import { messageOf } from "../../../base/errors.ts";
import { errorText } from "../../error-text.ts";
import { CommandError } from "../../command.ts";
import { configDirectory } from "../../config-file.ts";
import {
  type Credentials,
  hostOf,
  hubServer,
  readCredentials,
  storeCredentials,
} from "../../registry-auth/credentials.ts";

export const command: Command = {
  names: ["login"],
  usage: "[OPTIONS] [SERVER]",
  summary: "Authenticate to a registry",
  details: "Authenticate to a registry.\nDefaults to Docker Hub if no server is specified.",
  flags: [
    { name: "password", short: "p", kind: "string", summary: "Password or Personal Access Token (PAT)" },
    {
      name: "password-stdin",
      kind: "bool",
      summary: "Take the Password or Personal Access Token (PAT) from stdin",
    },
    { name: "username", short: "u", kind: "string", summary: "Username" },
  ],
  args: [0, 1],
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { args, terminal } = context;
  const server = serverOf(args[0] ?? "");
  const given = await givenCredentials(context);
  const credentials = (await existing(context, server, given)) ?? (await logIn(context, server, given));
  save(context, credentials);
  terminal.out("Login Succeeded\n");
  return 0;
}

function serverOf(name: string): string {
  return name === "" || name === "docker.io" ? hubServer : hostOf(name);
}

interface Given {
  username: string;
  password: string;
}

async function givenCredentials({ flags, terminal }: CommandContext): Promise<Given> {
  for (const name of ["username", "password"])
    if (flags.string(name) === "") throw new CommandError(`${name} is empty`);
  const given = { username: flags.string("username") ?? "", password: flags.string("password") ?? "" };
  if (given.password !== "" && flags.bool("password-stdin"))
    throw new CommandError("conflicting options: cannot specify both --password and --password-stdin");
  if (given.password !== "")
    terminal.err("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
  if (!flags.bool("password-stdin")) return given;
  if (given.username === "")
    throw new CommandError("the --password-stdin option requires --username to be set");
  return { ...given, password: await readPassword(terminal.stdin) };
}

/** All of the input, less one newline at its end. */
async function readPassword(input: AsyncIterable<unknown>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString("utf8").replace(/\n$/, "").replace(/\r$/, "");
}

/** Tries what is stored already, unless somebody else wants to log in. */
async function existing(
  context: CommandContext,
  server: string,
  given: Given,
): Promise<Credentials | undefined> {
  const { config, terminal } = context;
  if (given.username !== "" || given.password !== "") return undefined;
  const known = readCredentials(config(), server, () => {});
  if (known === undefined) return undefined;
  const user = known.username === "" ? "" : ` [Username: ${known.username}]`;
  terminal.err(`Authenticating with existing credentials...${user}\n`);
  if (user !== "") terminal.err(hint(terminal));
  try {
    return await authenticate(context, known);
  } catch (error) {
    terminal.err(`Login did not succeed, error: ${errorText(error)}\n`);
    return undefined;
  }
}

function hint({ stderrIsTty, env }: CommandContext["terminal"]): string {
  const text = "To login with a different account, run 'docker logout' followed by 'docker login'";
  if (!stderrIsTty || env.NO_COLOR) return `\n Info -> ${text}\n\n\n`;
  return `\n\u001b[1m\u001b[106m\u001b[30mi\u001b[0m\u001b[0m \u001b[96mInfo → \u001b[0m\u001b[0m\u001b[3m${text}\u001b[0m\n\n\n`;
}

async function logIn(context: CommandContext, server: string, given: Given): Promise<Credentials> {
  const { username, password } = await complete(context, given);
  return authenticate(context, { username, password, serveraddress: server });
}

async function complete({ terminal }: CommandContext, given: Given): Promise<Given> {
  if (given.username !== "" && given.password !== "") return given;
  if (!terminal.stdinIsTty)
    throw new CommandError("Error: Cannot perform an interactive login from a non TTY device");
  const { ask } = await import("../../registry-auth/ask.ts");
  const username = given.username || (await ask(terminal, "Username: ", false)).trim();
  if (username === "") throw new CommandError("Error: Non-null Username Required");
  const password = given.password || (await ask(terminal, "Password: ", true));
  if (password === "") throw new CommandError("Error: Password Required");
  return { username, password };
}

async function authenticate({ client }: CommandContext, credentials: Credentials): Promise<Credentials> {
  const { IdentityToken = "" } = await client().request<{ IdentityToken?: string }>("POST", "/auth", {
    body: credentials,
  });
  return IdentityToken === "" ? credentials : { ...credentials, password: "", identitytoken: IdentityToken };
}

function save({ config, globals, terminal }: CommandContext, credentials: Credentials): void {
  const directory = configDirectory(globals.string("config"), terminal.env);
  if (stored(config(), directory, credentials))
    terminal.err(
      `\nWARNING! Your credentials are stored unencrypted in '${directory}/config.json'.\nConfigure a credential helper to remove this warning. See\nhttps://docs.docker.com/go/credential-store/\n\n`,
    );
}

function stored(...[config, directory, credentials]: Parameters<typeof storeCredentials>): boolean {
  try {
    return storeCredentials(config, directory, credentials);
  } catch (error) {
    throw new CommandError(`Error saving credentials: ${messageOf(error)}`);
  }
}
