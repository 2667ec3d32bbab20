import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Cleanup } from "../base/cleanup.ts";
import { EngineError, messageOf } from "../base/errors.ts";
import { faultPoint } from "../base/fault.ts";
import { Cgroup } from "../linux/cgroup.ts";
import type { RuntimeSpec } from "../spec/oci-runtime.ts";
import { Container, openProcess } from "./container.ts";
import type { RuntimeContext } from "./context.ts";
import { removeTraces } from "./delete-container.ts";
import { partRlimits } from "./late-rlimits.ts";
import { Bundle, type BundleRecord } from "./monitor/bundle.ts";
import { Conmon } from "./monitor/conmon.ts";
import { conmonArgs } from "./monitor/conmon-args.ts";
import { createError } from "./runtime-error.ts";
import type { Launch } from "./runtime-service.ts";
import type { Runtime } from "./runtimes.ts";
import { shareMemory, sharedMemoryOf } from "./shared-memory.ts";
import { containerSpec, type SpecDefaults } from "./spec/container-spec.ts";
import { ensureWorkingDirectory } from "./spec/working-directory.ts";

/** Everything up to a first process that waits to be let go. On failure nothing stays. */
export async function createContainer(
  context: RuntimeContext,
  launch: Launch,
): Promise<{ container: Container; warnings: string[] }> {
  const runtime = context.runtimes.get(launch.runtime);
  await using cleanup = new Cleanup((what, error) => context.log.error(`giving back ${what} failed`, error));
  const bundle = new Bundle(launch.directory);
  registerBundle(context, launch, cleanup);
  shareMemory(launch, bundle);
  ensureWorkingDirectory(launch);
  const { spec, warnings } = containerSpec(launch, await specDefaults(context, launch));
  context.appArmor.requireLoaded(spec.process.apparmorProfile);
  const uncached = context.filters.apply(spec, runtime.path);
  const { early, late } = partRlimits(spec.process);
  if (late.length > 0) spec.process.rlimits = early;
  const record = { ...bundleRecord(context, launch, spec, runtime), lateRlimits: late };
  bundle.write(spec, record);
  await prepareLog(context, launch, cleanup);
  const container = new Container(launch.id, bundle, record, context.paths);
  await runMonitor(context, launch, container);
  if (uncached !== undefined) context.filters.learn(uncached, container.stateDirectory);
  cleanup.keep();
  context.containers.set(launch.id, container);
  return { container, warnings };
}

/** From here on a crash leaves a trace by which the container is found and given back. */
export function registerBundle(context: RuntimeContext, launch: Launch, cleanup: Cleanup): void {
  const { id, directory } = launch;
  mkdirSync(directory, { recursive: true });
  symlinkSync(directory, join(context.paths.bundles, id));
  faultPoint("runtime-registered");
  cleanup.add(`container ${id}`, () => removeTraces(context, id));
}

/** Connects a log driver that needs it, in Docker's words where that fails. */
async function prepareLog(context: RuntimeContext, { id, output }: Launch, cleanup: Cleanup): Promise<void> {
  if (output === undefined) return;
  cleanup.add("log", () => context.logs.forget(id));
  try {
    await context.logs.prepare(id, output);
  } catch (error) {
    const problem = "failed to create task for container: failed to initialize logging driver";
    throw new EngineError("internal", `${problem}: ${messageOf(error)}`, error);
  }
}

export async function specDefaults(context: RuntimeContext, launch: Launch): Promise<SpecDefaults> {
  const { options, cgroupParent, appArmor } = context;
  await appArmor.ensureDefault();
  return {
    cgroupParent,
    initPath: options.initPath,
    ulimits: options.defaultUlimits,
    appArmor,
    shmSource: sharedMemoryOf(launch, context.containers),
  };
}

export function bundleRecord(
  context: RuntimeContext,
  { id, config, output }: Launch,
  spec: RuntimeSpec,
  runtime: Runtime,
): BundleRecord {
  const tty = config.Tty === true;
  const openStdin = config.OpenStdin === true;
  const madeParent = context.parents.enter(id, spec.linux.cgroupsPath);
  return {
    runtime: runtime.name,
    runtimePath: runtime.path,
    runtimeArgs: runtime.args,
    cgroupPath: spec.linux.cgroupsPath,
    ...(madeParent !== undefined && { madeParent }),
    tty,
    openStdin,
    // A terminal has no end of input: Docker leaves it open.
    closesStdin: openStdin && !tty && config.StdinOnce === true,
    ownPidNamespace: spec.linux.namespaces.some(({ type, path }) => type === "pid" && path === undefined),
    ...(output !== undefined && { output }),
  };
}

async function runMonitor(context: RuntimeContext, launch: Launch, container: Container): Promise<void> {
  const { bundle, record, id } = container;
  const conmon = new Conmon({
    path: context.conmonPath,
    args: conmonArgs(context.paths, container),
    directory: launch.directory,
    temporaryDirectory: context.paths.temporary,
  });
  const ended = conmon.exited.then(
    (code) => finish(context, container, code),
    () => undefined,
  );
  if (conmon.pid !== undefined) writeFileSync(bundle.monitorPidFile, String(conmon.pid));
  faultPoint("runtime-monitor-started");
  const message = await conmon.next();
  if (message === undefined || message.data < 0) {
    await conmon.exited.finally(() => conmon.release());
    await ended;
    throw createError(message?.message ?? conmon.errors, launch.args);
  }
  faultPoint("runtime-created");
  if (!container.hold(message.data)) throw createError("the container's first process is gone", launch.args);
  container.monitor = openProcess(conmon.pid);
  watchLog(context, container);
  conmon.release();
  context.log.debug("created a container", { id, pid: message.data, runtime: record.runtime });
}

/** From now on until its end (`endContainer`). */
export function watchLog({ logs }: RuntimeContext, { id, record, control }: Container): void {
  if (record.output !== undefined) logs.watch(id, record.output, () => control.reopenLog());
}

/** The end of our own child conmon is the end of the container. */
async function finish(
  context: RuntimeContext,
  container: Container,
  code: number | undefined,
): Promise<void> {
  if (container.pid === 0) return;
  await endContainer(context, container, code);
}

/**
 * Settles an exit. Without the file that conmon writes last, conmon was killed: a container nobody watches is ended
 * too, as its exit code could not be known.
 */
export async function endContainer(
  context: RuntimeContext,
  container: Container,
  code?: number,
): Promise<void> {
  const known = context.exits.read(container.id);
  const cgroup = new Cgroup(container.record.cgroupPath);
  if (known === undefined || !container.record.ownPidNamespace) await cgroup.killAll();
  if (known === undefined)
    context.log.warn("the monitor of a container was killed", { id: container.id, code });
  await context.logs.settle(container.id);
  container.end(known ?? { exitCode: killedExitCode, finishedAt: new Date() });
}

/** 128 + SIGKILL. */
const killedExitCode = 137;
