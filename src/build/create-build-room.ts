import { KeyedMutex } from "../base/keyed-mutex.ts";
import { chmodSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../base/log.ts";
import type { LocalImageService } from "../images/local-image-service.ts";
import { listMounts, unmount } from "../linux/mount.ts";
import type { NetworkService } from "../networks/network-service.ts";
import type { RuntimeService } from "../runtime/runtime-service.ts";
import type { UserRemap } from "../runtime/user-remap.ts";
import type { Database } from "../store/db/database.ts";
import type { LayerStore } from "../store/layers/layer-store.ts";
import { WorkerPool } from "../store/worker/worker-pool.ts";
import type { BuildService } from "./build-service.ts";
import { BuildCache } from "./cache/build-cache.ts";
import { CacheRecords } from "./cache/cache-records.ts";
import { pruneCache } from "./cache/prune-cache.ts";
import { cacheUsage } from "./cache/cache-usage.ts";
import { type BuildParts, SumMemory } from "./ops/build-parts.ts";
import { LinkedLayers } from "./ops/linked-layers.ts";
import { DownloadRecords } from "./ops/download-records.ts";
import { CacheMounts } from "./ops/mounts/cache-mounts.ts";
import { buildFilesRole } from "./ops/files/files-task.ts";
import type { ContextStore } from "./context/context-store.ts";
import type { OutputShelf } from "./output/output-shelf.ts";
import { Solver } from "./solver/solver.ts";

export interface BuildRoomOptions {
  db: Database;
  layers: LayerStore;
  images: LocalImageService;
  networks: NetworkService;
  runtime: RuntimeService;
  log: Log;
  remap: UserRemap | undefined;
  /** What clients send and builds fetch. */
  contexts: ContextStore;
  /** Where results wait for their clients. */
  shelf: OutputShelf;
  dataRoot: string;
  execRoot: string;
}

/** The builder, whole. */
export function createBuildRoom({ db, shelf, dataRoot, execRoot, ...rooms }: BuildRoomOptions): BuildService {
  const directory = join(execRoot, "build");
  const cacheDirectory = join(dataRoot, "build", "caches");
  const exports = join(dataRoot, "build", "exports");
  for (const path of [directory, cacheDirectory]) mkdirSync(path, { recursive: true, mode: 0o700 });
  // Passed through by the root of a remapped RUN, who is nobody to the host.
  if (rooms.remap !== undefined) chmodSync(directory, 0o711);
  const parts: BuildParts = {
    ...rooms,
    directory,
    exports,
    downloads: new DownloadRecords(db),
    linked: new LinkedLayers(db),
    sums: new SumMemory(),
    cacheMounts: new CacheMounts(cacheDirectory),
    files: new WorkerPool(buildFilesRole),
    placing: new KeyedMutex(),
  };
  const cache = new BuildCache({ records: new CacheRecords(db), layers: rooms.layers });
  const cacheParts = { cache, mounts: parts.cacheMounts, layers: rooms.layers, contexts: rooms.contexts };
  const solver = new Solver(cache);
  const named = new Map<string, AbortController>();
  /** How to end each build. A signal of the room's own, joined to each build's, would hold all of them for ever. */
  const builds = new Map<Promise<unknown>, AbortController>();
  return {
    build: async (request, { id, signal, observer }) => {
      const abort = new AbortController();
      if (id !== undefined && id !== "") named.set(id, abort);
      const either = AbortSignal.any([signal, abort.signal]);
      const { runBuild } = await import("./run-build.ts");
      const work = runBuild({ parts, solver, shelf, request, signal: either, observer });
      builds.set(work, abort);
      try {
        return await work;
      } finally {
        builds.delete(work);
        if (id !== undefined) named.delete(id);
      }
    },
    answer: async (method, request) =>
      (await import("./calls/answer-call.ts")).answerCall(method, request, parts.images),
    cancel: (id) => named.get(id)?.abort(new Error("context canceled")),
    usage: () => cacheUsage(cacheParts),
    prune: (options) => pruneCache(cacheParts, options),
    reconcile: async () => {
      removeLeftovers(directory);
      rmSync(exports, { recursive: true, force: true });
      parts.cacheMounts.reconcile();
      await cache.reconcile();
      parts.linked.keepOnly((chainId) => rooms.layers.get(chainId) !== undefined);
    },
    close: async () => {
      for (const abort of builds.values()) abort.abort(new Error("the engine ends"));
      await Promise.allSettled(builds.keys());
      parts.files.close();
    },
  };
}

/** Mounts and files of steps that a crashed engine was at; their processes and layers went with the containers'. */
function removeLeftovers(directory: string): void {
  const mounts = listMounts();
  for (const name of readdirSync(directory)) {
    const place = join(directory, name);
    for (const { target } of mounts.filter((mount) => mount.target.startsWith(`${place}/`)).reverse())
      unmount(target);
    rmSync(place, { recursive: true, force: true });
  }
}
