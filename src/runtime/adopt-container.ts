import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ProcessHandle } from "../linux/pidfd.ts";
import { Container, openProcess } from "./container.ts";
import type { RuntimeContext } from "./context.ts";
import { endContainer, watchLog } from "./create-container.ts";
import { Bundle, type BundleRecord } from "./monitor/bundle.ts";
import { isBeginning, isMonitorOf } from "./monitor/find-monitor.ts";

/** What Docker records when nobody saw the end (the machine was restarted). */
const unknownExitCode = 255;

/** Takes over a container of an engine that is gone: still running, or ended meanwhile. */
export async function adoptContainer(
  context: RuntimeContext,
  id: string,
  directory: string,
): Promise<Container> {
  const known = context.containers.get(id);
  if (known !== undefined) return known;
  const bundle = new Bundle(directory);
  const container = new Container(id, bundle, bundle.record() ?? neverLaunched(id, context), context.paths);
  context.containers.set(id, container);
  context.parents.adopt(id, container.record);
  const link = join(context.paths.bundles, id);
  if (!existsSync(link)) symlinkSync(directory, link);
  await hold(context, container);
  container.started();
  watchLog(context, container);
  if (container.running) void watchEnd(context, container);
  else await context.logs.settle(id);
  return container;
}

async function hold(context: RuntimeContext, container: Container): Promise<void> {
  const { bundle, id } = container;
  const monitor = await openMonitor(bundle.monitorPid(), id);
  // A monitor in the middle of `create` writes the number soon, or ends.
  while (bundle.pid() === undefined && monitor?.exists() === true) await delay(5);
  const exit = context.exits.read(id);
  const pid = bundle.pid();
  if (exit !== undefined) container.end(exit);
  else if (pid === undefined || !container.hold(pid))
    container.end({ exitCode: unknownExitCode, finishedAt: new Date(), unseen: true });
  else container.monitor = monitor;
}

/** After a boot the noted number may be any program's, also one that shows no arguments. */
async function openMonitor(pid: number | undefined, id: string): Promise<ProcessHandle | undefined> {
  if (pid === undefined) return undefined;
  const handle = openProcess(pid);
  for (let looks = 0; looks < 200 && isBeginning(pid); looks++) await delay(5);
  if (isMonitorOf(pid, id)) return handle;
  handle?.[Symbol.dispose]();
  return undefined;
}

/** Its conmon is not our child: the file it leaves tells, or that it is gone without one. */
async function watchEnd(context: RuntimeContext, container: Container): Promise<void> {
  const monitor = container.monitor;
  await context.exits.appeared(container.id, () => monitor?.exists() !== true);
  await endContainer(context, container);
}

function neverLaunched(id: string, { cgroupParent, runtimes }: RuntimeContext): BundleRecord {
  return {
    runtime: runtimes.defaultName,
    runtimePath: "",
    runtimeArgs: [],
    cgroupPath: join("/", cgroupParent, id),
    tty: false,
    openStdin: false,
    closesStdin: false,
    ownPidNamespace: true,
  };
}
