// Runs one command line by docker's client and by ours against the same engine, for comparing them letter for letter.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

export interface Ran {
  stdout: string;
  stderr: string;
  code: number | null;
}

export interface SideBySideOptions {
  input?: string;
  env?: Record<string, string>;
  cwd?: string;
}

/** Docker's client and an engine: `GANTRY_DOCKER_CLI` and `GANTRY_PEER_HOST`; undefined where one is missing. */
export const peer = peerFromEnvironment();
export const peerReason =
  peer === undefined
    ? "GANTRY_DOCKER_CLI and GANTRY_PEER_HOST are not set"
    : `${peer.docker} on ${peer.host}`;

function peerFromEnvironment(): { docker: string; host: string } | undefined {
  const { GANTRY_DOCKER_CLI: docker, GANTRY_PEER_HOST: host } = process.env;
  return docker && host ? { docker, host } : undefined;
}

const entry = join(import.meta.dirname, "..", "..", "main.ts");

export function runDocker(args: readonly string[], options: SideBySideOptions = {}): Ran {
  return run(peer?.docker ?? "docker", args, options);
}

/** Ours, called as `docker` so that its messages name the same program. */
export function runOurs(args: readonly string[], options: SideBySideOptions = {}): Ran {
  return run(process.execPath, [entry, ...args], options);
}

function run(program: string, args: readonly string[], { input, env, cwd }: SideBySideOptions): Ran {
  const { status, stdout, stderr } = spawnSync(program, args, {
    argv0: "docker",
    encoding: "utf8",
    input: input ?? "",
    ...(cwd !== undefined && { cwd }),
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DOCKER_HOST: peer?.host,
      DOCKER_CONFIG: "/nonexistent-config",
      GANTRY_PROGRAM: "docker",
      ...env,
    },
  });
  return { stdout, stderr, code: status };
}
