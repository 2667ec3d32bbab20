import { messageOf } from "../../base/errors.ts";
import {
  attachContainer,
  killContainer,
  openWait,
  resizeContainer,
  startContainer,
} from "../../client/containers.ts";
import type { ContainerWaitResponse } from "../../spec/api/container.ts";
import { type CommandContext, CommandError } from "../command.ts";
import { type RelayEnd, relay } from "./relay.ts";
import { proxySignals } from "./signal-proxy.ts";
import { followTerminalSize } from "./terminal-size.ts";

export interface Session {
  id: string;
  tty: boolean;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  /** The container goes when it ends: its end is its removal. */
  autoRemove: boolean;
  sigProxy: boolean;
}

const brokenWaitCode = 125;

/**
 * Attaches to a stopped container, starts it and stays with it; answers its exit code, 0 when the user detached. What
 * fails at the start is given to `startFailed`, which makes the error to show.
 */
export async function runAttached(
  context: CommandContext,
  session: Session,
  startFailed: (error: unknown) => Error,
): Promise<number> {
  const client = context.client();
  const stopProxy = session.sigProxy ? proxyTo(context, session.id) : undefined;
  try {
    // Both before the start, or the first output, or a quick end, could be missed.
    const [connection, wait] = await Promise.all([
      attach(context, session),
      openWait(client, session.id, session.autoRemove ? "removed" : "next-exit"),
    ]);
    const code = exitCode(context, wait.result);
    const relayed = relay({
      ...session,
      terminal: context.terminal,
      connection,
      detachKeys: detachKeys(context),
    });
    try {
      await startContainer(client, session.id);
    } catch (error) {
      connection.close();
      await relayed.catch(() => undefined);
      if (session.autoRemove) await code;
      throw startFailed(error);
    }
    const end = await whileFollowingSize(context, session, relayed);
    return end === "detached" ? 0 : await code;
  } finally {
    stopProxy?.();
  }
}

/** Attaches to a running container and stays with it; answers its exit code. */
export async function joinRunning(context: CommandContext, session: Session): Promise<number> {
  const client = context.client();
  const stopProxy = session.sigProxy && !session.tty ? proxyTo(context, session.id) : undefined;
  try {
    const [connection, wait] = await Promise.all([
      attach(context, session),
      openWait(client, session.id, "not-running"),
    ]);
    const code = exitCode(context, wait.result);
    const relayed = relay({
      ...session,
      terminal: context.terminal,
      connection,
      detachKeys: detachKeys(context),
    });
    if (session.tty && context.terminal.stdoutIsTty) await nudgeSize(context, session.id);
    const end = await whileFollowingSize(context, session, relayed);
    if (end === "detached") throw new CommandError("read escape sequence");
    return await code;
  } finally {
    stopProxy?.();
  }
}

function attach(context: CommandContext, { id, stdin, stdout, stderr }: Session) {
  const keys = detachKeys(context);
  return attachContainer(context.client(), id, { stdin, stdout, stderr, ...(keys && { detachKeys: keys }) });
}

export function detachKeys({ flags, config }: CommandContext): string | undefined {
  return flags.string("detach-keys") || config().detachKeys;
}

async function whileFollowingSize(
  { client, terminal }: CommandContext,
  { id, tty }: Session,
  relayed: Promise<RelayEnd>,
): Promise<RelayEnd> {
  if (!tty || !terminal.stdoutIsTty) return relayed;
  const stop = followTerminalSize(terminal, (rows, columns) => resizeContainer(client(), id, rows, columns));
  return relayed.finally(stop);
}

/** A size that differs by one first, so that a full-screen program draws itself anew. */
async function nudgeSize({ client, terminal }: CommandContext, id: string): Promise<void> {
  const { rows, columns } = terminal;
  await resizeContainer(client(), id, rows + 1, columns + 1).catch(() => undefined);
}

function proxyTo({ client, terminal }: CommandContext, id: string): () => void {
  return proxySignals(
    (signal) => killContainer(client(), id, signal),
    (message) => terminal.err(`${message}\n`),
  );
}

/** The container's exit code from a wait; a wait that broke is told and counts as the engine's failure. */
async function exitCode({ terminal }: CommandContext, wait: Promise<ContainerWaitResponse>): Promise<number> {
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
