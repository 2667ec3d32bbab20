import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unmount } from "../linux/mount.ts";
import type { Exit } from "../runtime/runtime-service.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { giveBack, settleExit, watchExit } from "./exit.ts";
import { pathsOf } from "./paths.ts";
import { finishRemoval } from "./remove.ts";
import { restartsWithEngine } from "./restart-policy.ts";
import type { Removal } from "./repository.ts";
import { adoptLeases } from "./lifetime/end-lease.ts";
import { launch } from "./start.ts";
import { containerOfLayer } from "./image-mounts.ts";
import { isRunning, move } from "./state.ts";

/**
 * Brings the record and the machine together after whatever ended the last engine: running containers are adopted,
 * ends that nobody saw are recorded, half-done creates, starts and removals are finished or undone.
 */
export async function reconcileContainers(context: ContainersContext): Promise<void> {
  const interrupted = context.repository.unfinishedRemovals();
  const running = await adoptRunning(context);
  await context.networks.reconcile(running);
  await settleStopped(context, running);
  for (const removal of interrupted) await finishInterrupted(context, removal);
  await undoUnrecorded(context, running);
  for (const container of context.repository.all()) context.lifetimes.keep(container);
  adoptLeases(context);
}

/** After `reconcileContainers`, with the API up: what the restart policies want running again. */
export function startWithEngine(context: ContainersContext): void {
  const wanted = context.repository.all().filter((each) => !isRunning(each.state) && wantsStart(each));
  const tried = new Map(wanted.map(({ id }) => [id, Promise.withResolvers<void>()]));
  for (const { id, links = [] } of wanted) {
    context.background.start(`start of ${id}`, async () => {
      // Who links to others starts after them.
      await Promise.all(links.map(async (link) => tried.get(link.id)?.promise));
      await startAgain(context, id).finally(tried.get(id)?.resolve);
    });
  }
}

async function startAgain(context: ContainersContext, id: string): Promise<void> {
  await context.locks.run(id, async () => {
    const container = context.repository.byId(id);
    if (container !== undefined && !isRunning(container.state)) await launch(context, container);
  });
}

function wantsStart(container: Container): boolean {
  return (
    container.state.status === "restarting" ||
    (container.state.status === "exited" && restartsWithEngine(container))
  );
}

/** Every container recorded as running: still there, or ended meanwhile with a code its monitor kept. */
async function adoptRunning(context: ContainersContext): Promise<Set<string>> {
  const running = new Set<string>();
  const recorded = context.repository.all().filter(({ state }) => isRunning(state));
  await Promise.all(
    recorded.map(async ({ id }) => {
      try {
        const adopted = await context.runtime.adopt(id, pathsOf(context, id).directory);
        if (!adopted.running) return;
        await startIfOnlyCreated(context, id);
        recordPause(context, id, adopted.paused);
        running.add(id);
        resumeHealth(context, id, adopted.paused);
        watchExit(context, id);
      } catch (error) {
        // One container that cannot be taken over must not keep the engine from starting.
        context.log.error("cannot take over a running container", error, { container: id });
      }
    }),
  );
  return running;
}

function resumeHealth({ repository, health }: ContainersContext, id: string, paused: boolean): void {
  const container = repository.byId(id);
  if (container !== undefined && !paused) health.resume(container);
}

/** The last engine died between a pause and its record; the processes themselves tell. */
function recordPause({ repository }: ContainersContext, id: string, paused: boolean): void {
  const container = repository.byId(id);
  const status = paused ? "paused" : "running";
  if (container === undefined || container.state.status === status) return;
  repository.save({ ...container, state: move(container.state, status) });
}

/** The last engine died between recording the start and the start itself. */
async function startIfOnlyCreated(context: ContainersContext, id: string): Promise<void> {
  if (await context.runtime.isCreated(id)) await context.runtime.start(id);
}

async function finishInterrupted(context: ContainersContext, { container, volumes }: Removal): Promise<void> {
  const { id } = container;
  try {
    await context.volumes.releaseAll(id, volumes);
    await finishRemoval(context, container);
  } catch (error) {
    // Something of the host's own is in the way (a mount in its directory): the next start tries again.
    context.log.error("cannot finish a removal", error, { container: id });
  }
}

/** What belongs to no record: a create that was cut off before its last step. */
async function undoUnrecorded(context: ContainersContext, running: Set<string>): Promise<void> {
  // Those with `--rm` that ended while no engine lived are being removed: they are not without a record.
  await context.background.idle();
  for (const id of await context.runtime.known()) {
    if (!running.has(id)) await context.runtime.delete(id);
  }
  context.healthRecords.keepOnly(new Set(context.repository.all().map(({ id }) => id)));
  unmountUnrecorded(context);
  for (const id of context.layers.writableIds()) {
    if (!isRecorded(context, containerOfLayer(id))) await context.layers.removeWritable(id);
  }
  await context.volumes.reconcile(new Set(context.repository.all().map(({ id }) => id)));
  for (const name of readdirSync(context.defaults.directory)) {
    if (isRecorded(context, name)) continue;
    rmSync(join(context.defaults.directory, name), { recursive: true, force: true });
  }
}

/** Nothing is removed through a mount. */
function unmountUnrecorded(context: ContainersContext): void {
  for (const name of readdirSync(context.defaults.directory))
    if (!isRecorded(context, name)) unmount(pathsOf(context, name).rootfs);
}

/** As a container, or as one whose removal goes on: an adopted one may end at any moment. */
function isRecorded({ repository }: ContainersContext, id: string): boolean {
  return (
    repository.byId(id) !== undefined ||
    repository.unfinishedRemovals().some(({ container }) => container.id === id)
  );
}

/** Containers that do not run hold nothing; those that ended unseen are recorded as ended. */
async function settleStopped(context: ContainersContext, running: Set<string>): Promise<void> {
  for (const container of context.repository.all()) {
    const { id, state } = container;
    if (running.has(id)) continue;
    if (isRunning(state)) {
      const exit = await exitOf(context, id);
      // What is to run again starts once the API answers (`startWithEngine`).
      await context.locks.run(id, () => settleExit(context, id, exit));
    } else await giveBack(context, container);
  }
}

/** Nobody saw how it ended: 255, as Docker records it after a reboot. */
function exitOf({ runtime }: ContainersContext, id: string): Promise<Exit> {
  return runtime.exited(id).catch(() => ({
    exitCode: 255,
    finishedAt: new Date(),
    oomKilled: false,
    unseen: true,
  }));
}
