// Where credentials of registries are kept: config.json, or a helper program (`docker-credential-NAME`).
import { spawnSync } from "node:child_process";
import { messageOf } from "../../base/errors.ts";
import { CommandError } from "../command.ts";
import type { ConfigFile } from "../config-file.ts";
import { type RawConfig, updateConfig } from "../config-save.ts";

/** The key of Docker Hub's credentials. */
export const hubServer = "https://index.docker.io/v1/";

export interface Credentials {
  username: string;
  password: string;
  serveraddress: string;
  identitytoken?: string;
}

/** What stands for a user's name where a helper holds an identity token. */
const tokenUser = "<token>";

/** The key of a registry's credentials: Docker Hub has its old one. */
export function serverKey(domain: string): string {
  return domain === "docker.io" || domain === "index.docker.io" ? hubServer : domain;
}

/** A registry's host, without scheme and path. */
export function hostOf(server: string): string {
  return server.replace(/^https?:\/\//, "").split("/")[0] ?? "";
}

/** Undefined when there are none. A helper that fails has none, as for docker, but it is told. */
export function readCredentials(
  config: ConfigFile,
  server: string,
  warn: (text: string) => void = console.error,
): Credentials | undefined {
  const helper = helperOf(config, server);
  if (helper !== undefined) return fromHelper(helper, server, warn);
  const entries = config.auths ?? {};
  const key =
    server in entries ? server : Object.keys(entries).find((name) => hostOf(name) === hostOf(server));
  const entry = key === undefined ? undefined : entries[key];
  if (entry === undefined) return undefined;
  const [username = "", ...password] = Buffer.from(entry.auth ?? "", "base64")
    .toString("utf8")
    .split(":");
  return {
    username,
    password: password.join(":").replace(/\0+$/, ""),
    serveraddress: server,
    ...(entry.identitytoken && { identitytoken: entry.identitytoken }),
  };
}

function helperOf({ credsStore, credHelpers }: ConfigFile, server: string): string | undefined {
  return credHelpers?.[hostOf(server)] ?? credHelpers?.[server] ?? (credsStore || undefined);
}

/** `auth` is what X-Registry-Auth carries, `{}` for nobody. */
export function encodeAuth(credentials: Credentials | undefined): string {
  const { username, password, serveraddress, identitytoken } = credentials ?? {};
  const body = identitytoken
    ? { serveraddress, identitytoken }
    : {
        ...(username && { username }),
        ...(password && { password }),
        ...(serveraddress && { serveraddress }),
      };
  // Padded, as docker writes it.
  return Buffer.from(JSON.stringify(body)).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

/** Answers whether they were stored in the clear, where they were not before. */
export function storeCredentials(config: ConfigFile, directory: string, credentials: Credentials): boolean {
  const { username, password, serveraddress, identitytoken } = credentials;
  const helper = helperOf(config, serveraddress);
  if (helper !== undefined) {
    const secret = identitytoken
      ? { Username: tokenUser, Secret: identitytoken }
      : { Username: username, Secret: password };
    runHelper(helper, "store", JSON.stringify({ ServerURL: serveraddress, ...secret }));
    return false;
  }
  const before = readCredentials(config, serveraddress);
  const auth = Buffer.from(`${username}:${identitytoken ? "" : password}`).toString("base64");
  const add = (raw: RawConfig): void => {
    const auths = {
      ...(raw.auths as object),
      [serveraddress]: { auth, ...(identitytoken && { identitytoken }) },
    };
    raw.auths = Object.fromEntries(Object.entries(auths).sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  updateConfig(directory, add, { secret: true });
  const isInTheClear = identitytoken === undefined || identitytoken === "";
  return isInTheClear && before?.password !== password;
}

/** Answers what could not be erased, and why: lines. */
export function eraseCredentials(
  config: ConfigFile,
  directory: string,
  servers: readonly string[],
): string[] {
  const failures = servers.flatMap((server) => eraseFromHelper(config, server));
  if (servers.some((server) => server in (config.auths ?? {}))) eraseFromFile(directory, servers);
  return failures;
}

function eraseFromHelper(config: ConfigFile, server: string): string[] {
  const helper = helperOf(config, server);
  if (helper === undefined) return [];
  try {
    runHelper(helper, "erase", server);
    return [];
  } catch (error) {
    return [`${server}: ${messageOf(error)}`];
  }
}

function eraseFromFile(directory: string, servers: readonly string[]): void {
  updateConfig(directory, (raw) => {
    const auths = { ...(raw.auths as Record<string, unknown>) };
    for (const server of servers) delete auths[server];
    raw.auths = auths;
  });
}

function fromHelper(helper: string, server: string, warn: (text: string) => void): Credentials | undefined {
  let answer: { Username?: string; Secret?: string };
  try {
    const text = runHelper(helper, "get", server);
    if (text === undefined) return undefined;
    answer = JSON.parse(text) as typeof answer;
  } catch (error) {
    warn(`WARNING: docker-credential-${helper} gives nothing for ${server}: ${messageOf(error)}`);
    return undefined;
  }
  const { Username = "", Secret = "" } = answer;
  if (Username === tokenUser)
    return { username: "", password: "", serveraddress: server, identitytoken: Secret };
  return { username: Username, password: Secret, serveraddress: server };
}

/** Undefined when the helper holds nothing for the server. */
function runHelper(helper: string, verb: "get" | "store" | "erase", input: string): string | undefined {
  const program = `docker-credential-${helper}`;
  const { status, stdout, error } = spawnSync(program, [verb], {
    input,
    encoding: "utf8",
    stdio: ["pipe", "pipe", "inherit"],
  });
  const failure = `error ${doing[verb]} credentials - err:`;
  if (error !== undefined)
    throw new CommandError(`${failure} exec: "${program}": executable file not found in $PATH, out: \`\``);
  if (status === 0) return stdout;
  if (stdout.trim() === "credentials not found in native keychain") return undefined;
  throw new CommandError(`${failure} exit status ${status}, out: \`${stdout.trim()}\``);
}

const doing = { get: "getting", store: "storing", erase: "erasing" };

/** Everything that is known, as X-Registry-Config carries it (a build asks registries that nobody names beforehand); undefined for nothing. */
export function encodeAllAuth(config: ConfigFile): string | undefined {
  const servers = new Set([...Object.keys(config.auths ?? {}), ...Object.keys(config.credHelpers ?? {})]);
  const known = [...servers].flatMap((server) => readCredentials(config, server) ?? []);
  if (known.length === 0) return undefined;
  const byServer = Object.fromEntries(known.map((credentials) => [credentials.serveraddress, credentials]));
  return Buffer.from(JSON.stringify(byServer)).toString("base64url");
}
