import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { holdLease } from "../../../client/leases.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";

export const command: Command = {
  names: ["lease"],
  usage: "[OPTIONS] COMMAND [ARG...]",
  summary: "Run a command and remove the containers and volumes it made when it is gone",
  details: `Run a command whose containers and volumes go with it, however it ends.

The command and everything it starts reach the engine by DOCKER_HOST, at a socket of the lease's own: what any Docker
client makes there is removed when the command has ended, or when this one is killed.

	gantry lease npm test`,
  flags: [{ name: "id", kind: "string", summary: "Name of the lease (default a random one)" }],
  args: [1, Number.POSITIVE_INFINITY],
  flagsFirst: true,
  run,
};

async function run({ args, flags, client, terminal }: CommandContext): Promise<number> {
  const lease = await holdLease(client(), flags.string("id"));
  try {
    if (!existsSync(lease.socket))
      throw new CommandError(`a lease needs an engine on this machine: ${lease.socket} is not here`);
    const env = { ...terminal.env, DOCKER_HOST: `unix://${lease.socket}`, DOCKER_CONTEXT: undefined };
    return await exitCodeOf(args, env);
  } finally {
    await lease.end();
  }
}

const notFoundCode = 127;

function exitCodeOf([program = "", ...args]: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(program, args, { stdio: "inherit", env });
  child.once("error", (error) =>
    reject(new CommandError(`cannot run ${program}: ${error.message}`, notFoundCode)),
  );
  child.once("exit", (code, signal) =>
    resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
  );
  return promise;
}
