// Runs one command line by docker's client and by ours against the same engine, for comparing them letter for letter.
import { spawn } from "node:child_process";
import { readTextIfThere } from "../../linux/small-file.ts";
import { dispatch } from "../dispatch.ts";
import { memoryTerminal } from "./memory-terminal.ts";

export interface Ran {
  stdout: string;
  stderr: string;
  code: number | null;
}

export interface Line {
  args: readonly string[];
  input?: string;
  env: Record<string, string>;
  /** The width of a terminal; without it there is none. */
  columns?: number;
}

/** Docker's client and an engine: `GANTRY_DOCKER_CLI` and `GANTRY_PEER_HOST`; undefined where they are not given. */
export const dockerCli = process.env.GANTRY_DOCKER_CLI || undefined;
export const peerHost = process.env.GANTRY_PEER_HOST || undefined;
export const cliReason = dockerCli === undefined ? "GANTRY_DOCKER_CLI is not set" : dockerCli;
export const peerReason =
  dockerCli === undefined || peerHost === undefined
    ? "GANTRY_DOCKER_CLI and GANTRY_PEER_HOST are not set"
    : `${dockerCli} on ${peerHost}`;

/** In its own process; not synchronously, as the engine may live in ours. */
export async function runDocker({ args, input = "", env }: Line): Promise<Ran> {
  const child = spawn(dockerCli ?? "docker", args, { env });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [stdout, stderr, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number | null>((resolve, reject) => child.once("close", resolve).once("error", reject)),
  ]);
  return { stdout, stderr, code };
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString("utf8");
}

/** Ours in this process, called as `docker` so that its messages name the same program. */
export async function runOurs({ args, input = "", env, columns }: Line): Promise<Ran> {
  const terminal = memoryTerminal({ input, env, ...(columns !== undefined && { columns }) });
  const code = await dispatch(args, "docker", terminal, readTextIfThere);
  return { ...terminal.written, code };
}

/** A command line as a shell would cut it; only quotes and spaces count. */
export function words(line: string): string[] {
  const found = line.match(/(?:[^\s'"]+|'[^']*'|"[^"]*")+/g) ?? [];
  return found.map((word) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_, a?: string, b?: string) => a ?? b ?? ""),
  );
}
