import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Cleanup } from "../base/cleanup.ts";
import { EngineError } from "../base/errors.ts";
import { Cgroup } from "../linux/cgroup.ts";
import { makePipe, readPipe } from "../linux/pipe.ts";
import type { RuntimeContext } from "./context.ts";
import { bundleRecord, registerBundle, specDefaults } from "./create-container.ts";
import { removeRun } from "./delete-container.ts";
import { Bundle } from "./monitor/bundle.ts";
import { createError } from "./runtime-error.ts";
import type { Launch, OutputChunk } from "./runtime-service.ts";
import { StartMessage } from "./start-message.ts";
import type { Runtime } from "./runtimes.ts";
import { containerSpec } from "./spec/container-spec.ts";
import { ensureWorkingDirectory } from "./spec/working-directory.ts";

/** How a process that nobody watches over is run. */
export interface RunToEndOptions {
  signal: AbortSignal;
  output: (stream: OutputChunk["stream"], data: Uint8Array) => void;
}

/**
 * Runs a container's process to its end under no monitor: one that is to die with whoever wanted it. Answers its exit code. Throws a
 * LaunchError, or `cancelled`; then every process of it is gone.
 */
export async function runToEnd(
  context: RuntimeContext,
  launch: Launch,
  options: RunToEndOptions,
): Promise<number> {
  options.signal.throwIfAborted();
  const runtime = context.runtimes.get(launch.runtime);
  await using cleanup = new Cleanup((what, error) => context.log.error(`giving back ${what} failed`, error));
  const bundle = new Bundle(launch.directory);
  registerBundle(context, launch, cleanup);
  ensureWorkingDirectory(launch);
  const { spec } = containerSpec(launch, await specDefaults(context, launch));
  const uncached = context.filters.apply(spec, runtime.path);
  const record = bundleRecord(context, launch, spec, runtime);
  bundle.write(spec, record);
  const log = join(launch.directory, "runtime.log");
  cleanup.add("the runtime's log", () => rmSync(log, { force: true }));
  cleanup.add("processes", () => removeRun(context, launch.id, record));
  const running = startRuntime(context, launch, runtime, log);
  if (uncached !== undefined) void learnFilter(context, launch.id, uncached, running.child);
  const said = new StartMessage(options.output, () => problemIn(log) !== "");
  const exitCode = await untilEnd(running, new Cgroup(record.cgroupPath), {
    ...options,
    output: said.output,
  });
  said.end();
  const problem = problemIn(log);
  if (exitCode !== 0 && problem.trim() !== "") throw createError(problem, launch.args);
  return exitCode;
}

function problemIn(log: string): string {
  return existsSync(log) ? readFileSync(log, "utf8") : "";
}

interface Running {
  child: ChildProcess;
  stdout: number;
  stderr: number;
}

/** Pipes of our own: Bun's would be socket pairs, which a process cannot open again as /dev/stdout. */
function startRuntime({ paths }: RuntimeContext, launch: Launch, runtime: Runtime, log: string): Running {
  const [stdout, stderr] = [makePipe(), makePipe()];
  const args = [...runtime.args, `--root=${paths.state}`, `--log=${log}`];
  try {
    const child = spawn(runtime.path, [...args, "run", `--bundle=${launch.directory}`, launch.id], {
      stdio: ["ignore", stdout.writeEnd, stderr.writeEnd],
      // A signal to the engine's process group must not reach it.
      detached: true,
      // Killed at the wrong moment, crun leaves a file there.
      env: { ...process.env, TMPDIR: launch.directory },
    });
    return { child, stdout: stdout.readEnd, stderr: stderr.readEnd };
  } finally {
    closeSync(stdout.writeEnd);
    closeSync(stderr.writeEnd);
  }
}

async function untilEnd(running: Running, cgroup: Cgroup, options: RunToEndOptions): Promise<number> {
  const { child } = running;
  const { signal, output } = options;
  const kill = () => {
    child.kill("SIGKILL");
    void cgroup.killAll();
  };
  signal.addEventListener("abort", kill);
  if (signal.aborted) kill();
  try {
    const ended = once(child, "exit") as Promise<[number | null]>;
    const read = [relay(running.stdout, "stdout", output), relay(running.stderr, "stderr", output)];
    const [[code]] = await Promise.all([ended, ...read]);
    if (signal.aborted) {
      await cgroup.killAll();
      throw new EngineError("cancelled", "context canceled", signal.reason);
    }
    return code ?? killedExitCode;
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

/** 128 + SIGKILL. */
const killedExitCode = 137;

async function relay(
  descriptor: number,
  stream: OutputChunk["stream"],
  output: RunToEndOptions["output"],
): Promise<void> {
  const reader = readPipe(descriptor).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) output(stream, next.value);
}

/** The runtime takes its state away at the end, so the filter is read while the process lives; a short one may be missed. */
async function learnFilter(
  context: RuntimeContext,
  id: string,
  key: string,
  child: ChildProcess,
): Promise<void> {
  const state = join(context.paths.state, id);
  while (child.exitCode === null && child.signalCode === null) {
    await delay(1);
    if (!existsSync(join(state, "status"))) continue;
    context.filters.learn(key, state);
    return;
  }
}
