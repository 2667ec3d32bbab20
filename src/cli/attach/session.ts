import type { Client } from "../../client/client.ts";
import {
  type CreateBody,
  attachContainer,
  killContainer,
  openWait,
  resizeContainer,
  startContainer,
} from "../../client/containers.ts";
import type { ContainerWaitResponse } from "../../spec/api/container.ts";
import { messageOf } from "../../base/errors.ts";
import type { CommandContext } from "../command.ts";
import { startError } from "../create/run-error.ts";
import { relay } from "./relay.ts";
import { proxySignals } from "./signal-proxy.ts";
import { followTerminalSize } from "./terminal-size.ts";

const brokenWaitCode = 125;

/** Attaches to a created container, starts it and stays with it; answers its exit code. */
export async function runAttached(context: CommandContext, id: string, body: CreateBody): Promise<number> {
  const { flags, terminal } = context;
  const client = context.client();
  const undo: (() => void)[] = [];
  if (!flags.has("sig-proxy") || flags.bool("sig-proxy")) undo.push(proxyTo(context, id));
  try {
    const detachKeys = flags.string("detach-keys") || context.config().detachKeys;
    // Both before the start, or the first output, or a quick end, could be missed.
    const [connection, wait] = await Promise.all([
      attachContainer(client, id, {
        stdin: body.AttachStdin ?? false,
        stdout: body.AttachStdout ?? false,
        stderr: body.AttachStderr ?? false,
        ...(detachKeys && { detachKeys }),
      }),
      openWait(client, id, flags.bool("rm") ? "removed" : "next-exit"),
    ]);
    const code = exitCode(context, wait.result);
    const relayed = relay({
      terminal,
      connection,
      tty: body.Tty ?? false,
      stdin: body.AttachStdin ?? false,
      detachKeys,
    });
    try {
      await startContainer(client, id);
    } catch (error) {
      connection.destroy();
      await relayed.catch(() => undefined);
      if (flags.bool("rm")) await code;
      throw startError(context, error);
    }
    if (body.Tty && terminal.stdoutIsTty) undo.push(followSize(context, client, id));
    return (await relayed) === "detached" ? 0 : await code;
  } finally {
    for (const step of undo) step();
  }
}

export function proxyTo({ client, terminal }: CommandContext, id: string): () => void {
  return proxySignals(
    (signal) => killContainer(client(), id, signal),
    (message) => terminal.err(`${message}\n`),
  );
}

export function followSize({ terminal }: CommandContext, client: Client, id: string): () => void {
  return followTerminalSize(terminal, (rows, columns) => resizeContainer(client, id, rows, columns));
}

/** The container's exit code from a wait; a wait that broke is told and counts as the engine's failure. */
export async function exitCode(
  { terminal }: CommandContext,
  wait: Promise<ContainerWaitResponse>,
): Promise<number> {
  try {
    const { StatusCode = 0, Error: failure } = await wait;
    if (!failure?.Message) return StatusCode;
    terminal.err(`Error waiting for container: ${failure.Message}\n`);
  } catch (error) {
    // The client closing its connections (detached) is no news.
    if (!(error instanceof Error && error.name === "AbortError"))
      terminal.err(`error waiting for container: ${messageOf(error)}\n`);
  }
  return brokenWaitCode;
}
