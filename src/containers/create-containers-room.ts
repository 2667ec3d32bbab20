import { mkdirSync } from "node:fs";
import { EngineError } from "../base/errors.ts";
import { KeyedMutex } from "../base/keyed-mutex.ts";
import type { Database } from "../store/db/database.ts";
import { attachContainer } from "./attach.ts";
import { listContainerChanges } from "./changes.ts";
import { commitContainer } from "./commit.ts";
import type { ContainerService } from "./container-service.ts";
import type { ContainersContext } from "./context.ts";
import { createContainer } from "./create.ts";
import { createExec, inspectExec, resizeExec, startExec } from "./exec.ts";
import {
  exportContainer,
  getContainerArchive,
  putContainerArchive,
  statContainerPath,
} from "./files/container-files.ts";
import { healthChanged } from "./health/health-changed.ts";
import { HealthMonitor } from "./health/health-monitor.ts";
import { HealthRecords } from "./health/health-records.ts";
import { runProbe } from "./health/run-probe.ts";
import { inspectContainer } from "./inspect.ts";
import { killContainer } from "./kill.ts";
import { endLease } from "./lifetime/end-lease.ts";
import { activityOf, expireContainer } from "./lifetime/expire.ts";
import { Leases } from "./lifetime/leases.ts";
import { LifetimeKeeper } from "./lifetime/lifetime-keeper.ts";
import { listContainers } from "./list.ts";
import { LiveContainers } from "./live.ts";
import { readLogs } from "./logs.ts";
import { pauseContainer, unpauseContainer } from "./pause.ts";
import { planPrune, pruneContainers } from "./prune.ts";
import { reconcileContainers, startWithEngine } from "./reconcile.ts";
import { removeByReference } from "./remove.ts";
import { renameContainer } from "./rename.ts";
import { ContainerRepository } from "./repository.ts";
import { restartContainer } from "./restart.ts";
import { writableSizeBytes } from "./size.ts";
import { startContainer } from "./start.ts";
import { isRunning } from "./state.ts";
import { containerStats, lookAt } from "./stats/container-stats.ts";
import { StatsSampler } from "./stats/stats-sampler.ts";
import { stopContainer } from "./stop.ts";
import { topContainer } from "./top.ts";
import { updateContainer } from "./update.ts";
import { waitFor } from "./wait.ts";

export interface ContainersRoom {
  service: ContainerService;
  repository: ContainerRepository;
  leases: Leases;
  /** Finds and finishes or undoes what the last engine left. Before the API answers. */
  reconcile(): Promise<void>;
  /** Starts what restart policies want. */
  startWithEngine(): void;
  /** Ends timers and waits for background work; containers live on. */
  close(): Promise<void>;
}

type OwnParts = "repository" | "live" | "locks" | "health" | "healthRecords" | "lifetimes" | "leases";

export type ContainersOptions = Omit<ContainersContext, OwnParts> & { db: Database };

/** The containers room, whole. */
export function createContainersRoom({ db, ...rooms }: ContainersOptions): ContainersRoom {
  mkdirSync(rooms.defaults.directory, { recursive: true, mode: 0o710 });
  const repository = new ContainerRepository(db);
  const healthRecords = new HealthRecords(db);
  const context: ContainersContext = {
    ...rooms,
    repository,
    healthRecords,
    health: new HealthMonitor({
      records: healthRecords,
      probe: (id, check, signal) => runProbe(context, id, check, signal),
      changed: (id, health) => healthChanged(context, id, health),
    }),
    lifetimes: new LifetimeKeeper({
      activity: (id) => activityOf(context, id),
      expire: (id, why) => context.background.start(`end of ${id}`, () => expireContainer(context, id, why)),
    }),
    leases: new Leases((lease) => endLease(context, lease)),
    live: new LiveContainers(),
    locks: new KeyedMutex(),
  };
  const sampler = new StatsSampler((id, processors, files) => lookAt(context, id, processors, files));
  return {
    service: createService(context, sampler),
    repository,
    leases: context.leases,
    reconcile: () => reconcileContainers(context),
    startWithEngine: () => startWithEngine(context),
    close: async () => {
      sampler.close();
      context.health.close();
      context.lifetimes.close();
      context.leases.leave();
      context.live.close();
      await context.background.idle();
    },
  };
}

function createService(context: ContainersContext, sampler: StatsSampler): ContainerService {
  const find = (reference: string) => context.repository.find(reference);
  return {
    create: (request) => createContainer(context, request),
    start: (reference) => startContainer(context, reference),
    stop: (reference, options) => stopContainer(context, reference, options),
    restart: (reference, options) => restartContainer(context, reference, options),
    kill: (reference, signal) => killContainer(context, reference, signal),
    pause: (reference) => pauseContainer(context, reference),
    unpause: (reference) => unpauseContainer(context, reference),
    remove: (reference, options) => removeByReference(context, reference, options),
    rename: async (reference, name) => renameContainer(context, reference, name),
    update: (reference, changes) => updateContainer(context, reference, changes),
    wait: (reference, condition, signal) => ({ result: waitFor(context, reference, condition, signal) }),
    list: async (options) => {
      const summaries = listContainers(context, options);
      if (!options.size) return summaries;
      return Promise.all(
        summaries.map(async (summary) => ({ ...summary, ...(await sizesOf(context, summary.Id ?? "")) })),
      );
    },
    inspect: async (reference, { size }) => {
      const container = find(reference);
      return {
        ...inspectContainer(context, container),
        ...(size ? await sizesOf(context, container.id) : {}),
      };
    },
    attach: (reference, request) => attachContainer(context, reference, request),
    resize: async (reference, size) => {
      const { id, state } = find(reference);
      if (!isRunning(state)) throw new EngineError("conflict", `container ${id} is not running`);
      context.runtime.resize(id, size);
    },
    logs: (reference, request) => readLogs(context, find(reference), request),
    stats: (reference, request) => containerStats(context, sampler, reference, request),
    top: (reference, psArgs) => topContainer(context, reference, psArgs),
    prune: (filters) => pruneContainers(context, filters),
    planPrune: (filters) => planPrune(context, filters),
    statPath: (reference, path) => statContainerPath(context, reference, path),
    getArchive: (reference, path) => getContainerArchive(context, reference, path),
    putArchive: (reference, request) => putContainerArchive(context, reference, request),
    export: (reference) => exportContainer(context, reference),
    changes: (reference) => listContainerChanges(context, reference),
    commit: (request) => commitContainer(context, request),
    execCreate: async (reference, body) => createExec(context, reference, body),
    execStart: (id, options) => startExec(context, id, options),
    execResize: async (id, size) => resizeExec(context, id, size),
    execInspect: (id) => inspectExec(context, id),
  };
}

/** What `--size` shows: the container's own bytes, and those with its image's. */
async function sizesOf(
  context: ContainersContext,
  id: string,
): Promise<{ SizeRw: number; SizeRootFs: number }> {
  const container = context.repository.find(id);
  const own = await writableSizeBytes(container);
  return { SizeRw: own, SizeRootFs: own + (context.images.inspect(container.imageId).Size ?? 0) };
}
