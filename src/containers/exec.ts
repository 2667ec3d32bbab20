import { rmSync } from "node:fs";
import { join } from "node:path";
import { EngineError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { parseDetachKeys } from "../spec/detach-keys.ts";
import { ClientAttachment } from "./client-attachment.ts";
import type { ContainerAttachment, ExecCreateBody, ExecInspect } from "./container-service.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { environmentOf, overridden } from "./environment.ts";
import type { Exec } from "./execs.ts";
import { reachableLinks } from "./links/linked-containers.ts";
import { linkedEnvironment } from "./links/linked-environment.ts";
import { pathsOf } from "./paths.ts";
import { publishEvent } from "./publish-event.ts";
import { assertCanExec } from "./state.ts";

export function createExec(
  context: ContainersContext,
  reference: string,
  body: ExecCreateBody,
): { Id: string } {
  const command = body.Cmd ?? [];
  if (command.length === 0) throw new EngineError("invalid", "No exec command specified");
  const container = context.repository.find(reference);
  assertCanExec(container.id, container.state, reference);
  if (body.DetachKeys) checkDetachKeys(body.DetachKeys);
  if (body.User) context.runtime.checkUser(container.id, body.User);
  const id = newId();
  context.live.execs.add({ id, containerId: container.id, body, state: "created", exitCode: null });
  publishEvent(context, container, `exec_create: ${commandText(command)}`, { execID: id });
  return { Id: id };
}

/** The program, a blank, and its arguments: the blank stands there without any, too, as in Docker's events. */
function commandText([program = "", ...args]: string[]): string {
  return `${program} ${args.join(" ")}`;
}

/** dockerd has other words for them here than for a container's. */
function checkDetachKeys(text: string): void {
  try {
    parseDetachKeys(text);
  } catch (error) {
    throw new EngineError("invalid", `Invalid escape keys (${text}) provided`, error);
  }
}

export interface ExecStartOptions {
  detach: boolean;
  tty: boolean;
  consoleSize?: { height: number; width: number };
  signal: AbortSignal;
}

/** Starts an exec once; attached, answers its stdio. */
export async function startExec(
  context: ContainersContext,
  id: string,
  { detach, consoleSize, signal }: ExecStartOptions,
): Promise<ContainerAttachment | undefined> {
  const exec = context.live.execs.get(id);
  if (exec.state !== "created") {
    throw new EngineError(
      "conflict",
      exec.state === "running"
        ? `exec command ${id} is already running`
        : `exec command ${id} has already run`,
    );
  }
  const container = context.repository.find(exec.containerId);
  assertCanExec(container.id, container.state);
  exec.state = "running";
  const { body } = exec;
  publishEvent(context, container, `exec_start: ${commandText(body.Cmd ?? [])}`, { execID: id });
  try {
    exec.process = await context.runtime.exec({
      id,
      containerId: container.id,
      directory: directoryOf(context, exec),
      args: body.Cmd ?? [],
      env: execEnvironment(context, container, body),
      workingDir: body.WorkingDir || container.config.WorkingDir || "/",
      user: body.User || container.config.User || "",
      tty: body.Tty ?? false,
      size: consoleSize ?? sizeOf(body.ConsoleSize),
      stdin: !detach && (body.AttachStdin ?? false),
      privileged: body.Privileged ?? false,
    });
  } catch (error) {
    discardFiles(context, exec);
    exec.state = "ended";
    exec.exitCode = (error as { exitCode?: number }).exitCode ?? 126;
    throw error;
  }
  if (!detach && body.AttachStdin) context.live.attend(container.id, signal);
  const ended = followExec(context, exec);
  if (detach) {
    drain(context, exec);
    return undefined;
  }
  return new ClientAttachment(exec.process.attachment, {
    tty: body.Tty ?? false,
    stdout: body.AttachStdout ?? false,
    stderr: body.AttachStderr ?? false,
    detachKeys: body.Tty ? body.DetachKeys : undefined,
    closesInput: true,
    ended,
  });
}

/** A detached exec's output goes nowhere; read, so that the process never blocks on it. */
function drain(context: ContainersContext, { process }: Exec): void {
  context.background.start("output of a detached exec", async () => {
    if (process === undefined) return;
    for await (const _chunk of process.attachment.output) if (context.closing.aborted) return;
  });
}

/** Records the exec's end, whenever it comes. Never fails. */
async function followExec(context: ContainersContext, exec: Exec): Promise<void> {
  try {
    exec.exitCode = (await exec.process?.exited) ?? null;
  } catch (error) {
    context.log.error("lost sight of an exec", error, { exec: exec.id });
    return;
  }
  exec.state = "ended";
  const container = context.repository.byId(exec.containerId);
  if (container === undefined) return;
  discardFiles(context, exec);
  publishEvent(context, container, "exec_die", { execID: exec.id, exitCode: String(exec.exitCode) });
}

function directoryOf(context: ContainersContext, { id, containerId }: Exec): string {
  return join(pathsOf(context, containerId).directory, "execs", id);
}

function discardFiles(context: ContainersContext, exec: Exec): void {
  rmSync(directoryOf(context, exec), { recursive: true, force: true });
}

/** The container's environment, the exec's variables over it. */
function execEnvironment(context: ContainersContext, container: Container, body: ExecCreateBody): string[] {
  const linked = linkedEnvironment(reachableLinks(context, container));
  const own = environmentOf({ config: { ...container.config, Tty: body.Tty } }, linked);
  return overridden(own, body.Env ?? []);
}

function sizeOf(console: number[] | undefined): { height: number; width: number } | undefined {
  const [height = 0, width = 0] = console ?? [];
  return height > 0 && width > 0 ? { height, width } : undefined;
}

export function resizeExec(
  context: ContainersContext,
  id: string,
  size: { height: number; width: number },
): void {
  const exec = context.live.execs.get(id);
  if (exec.state === "ended") {
    throw new EngineError("not-found", `NotFound: process does not exist ${id}: not found`);
  }
  if (exec.state !== "running") throw new EngineError("conflict", `exec ${id} is not running`);
  exec.process?.resize(size);
}

export function inspectExec(context: ContainersContext, id: string): ExecInspect {
  const { body, containerId, state, exitCode, process } = context.live.execs.get(id);
  const [entrypoint = "", ...rest] = body.Cmd ?? [];
  return {
    ID: id,
    Running: state === "running",
    ExitCode: exitCode,
    ProcessConfig: {
      tty: body.Tty ?? false,
      entrypoint,
      arguments: rest,
      privileged: body.Privileged ?? false,
      ...(body.User ? { user: body.User } : {}),
    },
    OpenStdin: body.AttachStdin ?? false,
    OpenStderr: body.AttachStderr ?? false,
    OpenStdout: body.AttachStdout ?? false,
    CanRemove: false,
    ContainerID: containerId,
    DetachKeys: body.DetachKeys ?? "",
    Pid: process?.pid ?? 0,
  };
}
