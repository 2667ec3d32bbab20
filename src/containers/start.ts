import { chownSync, mkdirSync } from "node:fs";
import { Cleanup } from "../base/cleanup.ts";
import { EngineError, messageOf } from "../base/errors.ts";
import { faultPoint } from "../base/fault.ts";
import { unmount } from "../linux/mount.ts";
import type { ResolvedMount } from "../runtime/runtime-service.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { environmentOf } from "./environment.ts";
import { watchExit } from "./exit.ts";
import { hostFileMounts, hostFilesOwner, writeHostFiles } from "./host-files.ts";
import { keptOutput } from "./kept-output.ts";
import { linkedContainers, type Linked } from "./links/linked-containers.ts";
import { linkedEnvironment } from "./links/linked-environment.ts";
import { tellLinkers } from "./links/linked-hosts.ts";
import { namespacesOf } from "./namespaces.ts";
import {
  connectedNetworkSettings,
  needsSandbox,
  networkSettingsWithIds,
  sandboxRequest,
} from "./network-settings.ts";
import { pathsOf } from "./paths.ts";
import { publishEvent } from "./publish-event.ts";
import { startReason } from "./reason/start-reason.ts";
import { giveToRoot, openRemapped, type Remapped } from "./remap.ts";
import { removeStopped } from "./remove.ts";
import { fillVolumes, resolveMounts } from "./resolve-mounts.ts";
import { assertCanStart, move, restingStatus } from "./state.ts";

/** Starts a container by reference: what `start` and the second half of `run` do. */
export async function startContainer(context: ContainersContext, reference: string): Promise<void> {
  const { id } = context.repository.find(reference);
  await context.locks.run(id, async () => {
    const container = context.repository.find(id);
    assertCanStart(container.state);
    context.live.cancelRestart(id);
    // The user's own start is the first again: the restart policy counts anew.
    await launch(context, { ...container, restartCount: 0, restartDelayMs: 0 });
  });
}

/** Brings a resting container to life, or gives back all that was taken and records why not. Call under its lock. */
export async function launch(context: ContainersContext, container: Container): Promise<void> {
  const cleanup = new Cleanup((what, error) => context.log.error(`undo start: ${what}`, error));
  try {
    await bringUp(context, container, cleanup);
    cleanup.keep();
  } catch (error) {
    const reason = failureReason(context, container, error);
    await cleanup.run();
    await failStart(context, container, error, reason);
    throw error;
  }
}

async function bringUp(context: ContainersContext, before: Container, cleanup: Cleanup): Promise<void> {
  const { id } = before;
  const remapped = await openRemapped(context, before, cleanup);
  const container = await connectNetwork(context, before, cleanup, remapped);
  faultPoint("start:network");
  const linked = linkedContainers(context, container);
  const mounts = await mountFilesystems(context, container, cleanup, remapped);
  faultPoint("start:mounted");
  giveToRoot(remapped, ...writeHostFiles(context, container, linked));
  const { pid, warnings } = await createProcess(context, container, { mounts, remapped, linked }, cleanup);
  remapped?.own?.[Symbol.dispose]();
  faultPoint("start:created");
  tellLinkers(context, container);
  for (const warning of warnings) context.log.warn(warning, { container: id });
  await connectPending(context, container);
  // Recorded as running before it runs: a crash in between finds a created process and starts it (see reconcile).
  const startedAt = new Date().toISOString();
  const running = context.repository.save({
    ...container,
    state: move(container.state, "running", {
      pid,
      startedAt,
      exitCode: 0,
      error: "",
      reason: "",
      oomKilled: false,
      stoppedByUser: false,
    }),
  });
  faultPoint("start:recorded");
  await context.runtime.start(id);
  faultPoint("start:started");
  watchExit(context, id);
  publishEvent(context, running, "start");
  context.health.begin(running);
}

async function connectNetwork(
  context: ContainersContext,
  container: Container,
  cleanup: Cleanup,
  remapped: Remapped | undefined,
): Promise<Container> {
  if (!needsSandbox(container.hostConfig))
    return { ...container, network: networkSettingsWithIds(container, context.networks) };
  cleanup.add("network", () => context.networks.release(container.id));
  const sandbox = await context.networks.connect({
    ...sandboxRequest(container),
    namespace: remapped?.own?.networkFile,
  });
  return { ...container, network: connectedNetworkSettings(sandbox) };
}

async function mountFilesystems(
  context: ContainersContext,
  container: Container,
  cleanup: Cleanup,
  remapped: Remapped | undefined,
): Promise<ResolvedMount[]> {
  const { id } = container;
  const paths = pathsOf(context, id);
  mkdirSync(paths.rootfs, { recursive: true });
  context.layers.mount(id, paths.rootfs);
  cleanup.add("rootfs", () => void unmount(paths.rootfs));
  await fillVolumes(context, container);
  if (remapped !== undefined) {
    unmount(paths.rootfs);
    chownSync(paths.directory, -1, remapped.namespace.gid);
    context.layers.mount(id, paths.rootfs, {
      mapped: { through: remapped.remap.layersView, owner: remapped.namespace },
    });
  }
  const own = await resolveMounts(context, container, cleanup, remapped);
  return [...hostFileMounts(context, container), ...own];
}

async function createProcess(
  context: ContainersContext,
  container: Container,
  parts: { mounts: ResolvedMount[]; remapped: Remapped | undefined; linked: readonly Linked[] },
  cleanup: Cleanup,
): Promise<{ pid: number; warnings: string[] }> {
  const { id, config, hostConfig } = container;
  const { mounts, remapped, linked } = parts;
  const paths = pathsOf(context, id);
  const hostname = config.Hostname || hostFilesOwner(context, container).config.Hostname || "";
  cleanup.add("process", () => context.runtime.delete(id));
  return context.runtime.create({
    id,
    directory: paths.directory,
    rootfs: paths.rootfs,
    config,
    hostConfig,
    args: container.args,
    env: environmentOf({ config: { ...config, Hostname: hostname } }, linkedEnvironment(linked)),
    hostname,
    mounts,
    namespaces: namespacesOf(context, container),
    userNamespace: remapped?.namespace,
    runtime: hostConfig.Runtime ?? "",
    output: keptOutput(context, container),
  });
}

/** Serves those who attached before the start, before the first byte can be written. */
async function connectPending(context: ContainersContext, { id, config }: Container): Promise<void> {
  for (const pending of context.live.takePending(id)) {
    pending.connect(await context.runtime.attach(id, { ...pending.wants, tty: config.Tty ?? false }));
  }
}

/** Asked for while the file system is still mounted. */
function failureReason(context: ContainersContext, { id, args, config }: Container, error: unknown): string {
  const { rootfs } = pathsOf(context, id);
  return startReason(error, { command: args[0] ?? "", env: environmentOf({ config }), root: rootfs });
}

/** The state after a start that failed: as it was before, with Docker's exit code and the reason; `--rm` honoured. */
async function failStart(
  context: ContainersContext,
  before: Container,
  error: unknown,
  reason: string,
): Promise<void> {
  const { id, hostConfig } = before;
  for (const pending of context.live.takePending(id)) pending.abandon();
  if (!(error instanceof EngineError)) context.log.error("start failed", error, { container: id });
  const exitCode = (error as { exitCode?: number }).exitCode ?? 128;
  const failed = context.repository.save({
    ...before,
    state: {
      ...before.state,
      status: restingStatus(before.state),
      pid: 0,
      exitCode,
      error: messageOf(error),
      reason,
    },
  });
  const exit = { exitCode, finishedAt: new Date(), oomKilled: false };
  context.live.announce(id, { type: "exit", exit, willRestart: false });
  if (hostConfig.AutoRemove) await removeStopped(context, failed, { volumes: true });
}
