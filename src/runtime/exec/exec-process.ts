import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../base/errors.ts";
import { faultPoint } from "../../base/fault.ts";
import type { ProcessSpec, RuntimeSpec } from "../../spec/oci-runtime.ts";
import { type Container, openProcess } from "../container.ts";
import type { RuntimeContext } from "../context.ts";
import { ConmonAttachment } from "../monitor/attachment.ts";
import { Bundle } from "../monitor/bundle.ts";
import { Conmon, type SyncMessage } from "../monitor/conmon.ts";
import { conmonExecArgs } from "../monitor/conmon-args.ts";
import { MonitorControl } from "../monitor/control.ts";
import { execError } from "../runtime-error.ts";
import type { ExecLaunch, ExecProcess } from "../runtime-service.ts";
import { execSpec } from "./exec-spec.ts";
import { toJson } from "../spec/serialize.ts";

/**
 * Runs a further process in a container, under a conmon of its own: it outlives this process as the container does.
 * Resolves when the program runs; a LaunchError says why it does not.
 */
export async function execProcess(
  context: RuntimeContext,
  container: Container,
  launch: ExecLaunch,
): Promise<ExecProcess> {
  const files = new Bundle(join(launch.directory, `exec-${launch.id}`));
  mkdirSync(files.directory, { recursive: true });
  const { process: base } = JSON.parse(readFileSync(container.bundle.configFile, "utf8")) as RuntimeSpec;
  const rlimits = [...(base.rlimits ?? []), ...(container.record.lateRlimits ?? [])];
  writeSpec(files, execSpec(launch, { ...base, rlimits }, rootOf(container)));
  const conmon = new Conmon({
    path: context.conmonPath,
    args: conmonExecArgs(context.paths, container, launch, files),
    directory: container.bundle.directory,
    temporaryDirectory: context.paths.temporary,
    startsOnWord: true,
  });
  watchMonitor(container, conmon);
  try {
    return await startExec(conmon, container, files, launch);
  } catch (error) {
    conmon.release();
    removeFiles(files);
    throw error;
  }
}

function watchMonitor({ execMonitors }: Container, { exited }: Conmon): void {
  const over = exited.then(
    () => void execMonitors.delete(over),
    () => void execMonitors.delete(over),
  );
  execMonitors.add(over);
}

/** A running container's root as its processes see it, with all mounts. */
export function rootOf({ first }: Container): string {
  return `/proc/${first.pid}/root`;
}

function writeSpec(files: Bundle, spec: ProcessSpec): void {
  writeFileSync(files.configFile, toJson(spec), { mode: 0o600 });
}

async function startExec(
  conmon: Conmon,
  container: Container,
  files: Bundle,
  launch: ExecLaunch,
): Promise<ExecProcess> {
  if (conmon.pid === undefined) throw await failure(conmon, undefined, launch);
  faultPoint("exec:monitor-started");
  // conmon waits for two words: one to begin at all, one when the reader of the output is connected.
  conmon.sendStart();
  if (!(await conmon.attachReady())) throw await failure(conmon, undefined, launch);
  const attachment = await ConmonAttachment.connect({
    socketPath: files.attachSocket,
    stdin: launch.stdin,
    stdout: true,
    stderr: true,
  });
  faultPoint("exec:attached");
  const control = new MonitorControl(files.control);
  // Waits in the FIFO until there is a terminal: crun's exec does not look at the size in the process object.
  if (launch.tty && launch.size !== undefined) control.resize(launch.size);
  conmon.sendStart();
  const started = await conmon.next();
  faultPoint("exec:started");
  if (started === undefined || started.data <= 0) {
    attachment.close();
    throw await failure(conmon, started, launch);
  }
  attachment.drainWhenDead(started.data);
  const exited = exitCode(conmon, files);
  attachment.endAfter(exited);
  return {
    pid: started.data,
    attachment,
    exited,
    resize: (size) => control.resize(size),
    kill: (signal) => killMember(container, started.data, signal),
  };
}

/** By then the number may be another program's: only one of the container's own processes is signalled. */
function killMember({ cgroup }: Container, pid: number, signal: number): void {
  using handle = openProcess(pid);
  if (handle === undefined || !cgroup.processIds().includes(pid)) return;
  try {
    handle.signal(signal);
  } catch (error) {
    if (errnoOf(error) !== "ESRCH") throw error;
  }
}

async function failure(conmon: Conmon, message: SyncMessage | undefined, launch: ExecLaunch): Promise<Error> {
  await conmon.exited;
  return execError(message?.message ?? conmon.errors, launch.args);
}

/** The second message is the exit code; a conmon that was killed leaves none. */
async function exitCode(conmon: Conmon, files: Bundle): Promise<number> {
  const [message, own] = await Promise.all([conmon.next(), conmon.exited]);
  conmon.release();
  removeFiles(files);
  return message?.data ?? own ?? killedExitCode;
}

function removeFiles(files: Bundle): void {
  rmSync(files.directory, { recursive: true, force: true });
}

/** 128 + SIGKILL. */
const killedExitCode = 137;
