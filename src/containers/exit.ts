import { faultPoint } from "../base/fault.ts";
import { unmount } from "../linux/mount.ts";
import type { Exit } from "../runtime/runtime-service.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { networkSettingsWithIds } from "./network-settings.ts";
import { unmountImages } from "./image-mounts.ts";
import { pathsOf } from "./paths.ts";
import { publishEvent } from "./publish-event.ts";
import { exitReason } from "./reason/exit-reason.ts";
import { removeStopped } from "./remove.ts";
import { nextRestart } from "./restart-policy.ts";
import { launch } from "./start.ts";
import { isRunning, move } from "./state.ts";

/** dockerd's bound for clients that do not read. */
const readersWaitMs = 2000;

/** Follows a running container to its end, whatever ends it. */
export function watchExit(context: ContainersContext, id: string): void {
  context.runtime.exited(id).then(
    (exit) => {
      if (context.closing.aborted) return;
      context.background.start(`exit of ${id}`, () =>
        context.locks.run(id, () => handleExit(context, id, exit)),
      );
    },
    (error: unknown) => context.log.error("lost sight of a container", error, { container: id }),
  );
}

/** Deals with the exit of a running container, then restarts it if it asks for that. Call under its lock. */
async function handleExit(context: ContainersContext, id: string, exit: Exit): Promise<void> {
  const delayMs = await settleExit(context, id, exit);
  if (delayMs !== undefined) scheduleRestart(context, id, delayMs);
}

/**
 * Records the exit, tells who waits, gives everything back, and removes the container if it asks for that. Answers how
 * long until it is to run again, in milliseconds, if it is. Call under its lock.
 */
export async function settleExit(
  context: ContainersContext,
  id: string,
  exit: Exit,
): Promise<number | undefined> {
  if (!isAlive(context.repository.byId(id))) return undefined;
  faultPoint("exit:seen");
  await settleClients(context, id);
  const container = context.repository.byId(id);
  if (!isAlive(container)) return undefined;
  const unhealthy = context.live.takeUnhealthy(id);
  const delayMs = nextRestart(container, exit, { unhealthy });
  const exited = withExit(context, container, {
    exit,
    delayMs,
    reason: reasonOf(context, container, exit, unhealthy),
  });
  const removes = exited.hostConfig.AutoRemove === true && !context.live.isRestarting(id);
  if (!removes) context.repository.save(exited);
  faultPoint("exit:recorded");
  if (exit.oomKilled) publishEvent(context, exited, "oom");
  publishEvent(context, exited, "die", dieAttributes(container, exit));
  context.live.announce(id, { type: "exit", exit, willRestart: delayMs !== undefined });
  if (removes) {
    await removeStopped(context, exited, { volumes: true });
    return undefined;
  }
  await giveBack(context, exited);
  faultPoint("exit:given-back");
  return delayMs;
}

function isAlive(container: Container | undefined): container is Container {
  return container !== undefined && isRunning(container.state);
}

/** What must be so before anybody hears of the exit. */
async function settleClients(context: ContainersContext, id: string): Promise<void> {
  context.health.rest(id);
  // Who waits for the end may use the same port at once.
  if (hasPorts(context.repository.find(id)))
    await attempt(context, "release the network", () => context.networks.release(id));
  await context.live.readers.served(id, readersWaitMs);
}

function reasonOf(
  { live, healthRecords }: ContainersContext,
  { id, state }: Container,
  exit: Exit,
  unhealthy: boolean,
): string {
  const lastProbe = healthRecords.of(id)?.log.at(-1)?.output ?? "";
  return exitReason(exit, {
    byUser: live.takeSignalled(id) || state.stoppedByUser,
    ...(unhealthy && { unhealthy: lastProbe }),
  });
}

function withExit(
  { networks }: ContainersContext,
  container: Container,
  { exit, delayMs, reason }: { exit: Exit; delayMs: number | undefined; reason: string },
): Container {
  const restarts = delayMs !== undefined;
  return {
    ...container,
    network: networkSettingsWithIds(container, networks),
    restartCount: restarts ? container.restartCount + 1 : container.restartCount,
    restartDelayMs: delayMs ?? 0,
    state: move(container.state, restarts ? "restarting" : "exited", {
      pid: 0,
      exitCode: exit.exitCode,
      finishedAt: exit.finishedAt.toISOString(),
      oomKilled: exit.oomKilled,
      reason,
    }),
  };
}

/** All that a run of the container took: its process's leftovers, mounts, network. Safe to repeat. */
export async function giveBack(context: ContainersContext, { id }: Container): Promise<void> {
  const { rootfs } = pathsOf(context, id);
  await attempt(context, "delete the process", () => context.runtime.delete(id));
  await attempt(context, "unmount the root file system", async () => void unmount(rootfs));
  await attempt(context, "unmount images", async () => unmountImages(context, id));
  await attempt(context, "unmount volumes", () => context.volumes.unmountAll(id));
  await attempt(context, "release the network", () => context.networks.release(id));
}

/** What cannot be given back now must keep nothing else from being given back; the next start tries again. */
async function attempt(context: ContainersContext, what: string, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    context.log.error(`could not ${what}`, error);
  }
}

function scheduleRestart(context: ContainersContext, id: string, delayMs: number): void {
  context.live.scheduleRestart(id, delayMs, () => {
    context.background.start(`restart of ${id}`, () =>
      context.locks.run(id, async () => {
        const container = context.repository.byId(id);
        if (container?.state.status === "restarting") await launch(context, container);
      }),
    );
  });
}

function dieAttributes({ state }: Container, { exitCode, finishedAt }: Exit): Record<string, string> {
  const seconds = Math.max(0, Math.floor((finishedAt.getTime() - Date.parse(state.startedAt)) / 1000));
  return { exitCode: String(exitCode), execDuration: String(seconds) };
}

function hasPorts({ network }: Container): boolean {
  return Object.values(network.Ports ?? {}).some((bindings) => bindings !== null && bindings.length > 0);
}
