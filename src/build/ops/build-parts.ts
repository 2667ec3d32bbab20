import type { KeyedMutex } from "../../base/keyed-mutex.ts";
import type { Log } from "../../base/log.ts";
import type { LocalImageService } from "../../images/local-image-service.ts";
import type { NetworkService } from "../../networks/network-service.ts";
import type { UserRemap } from "../../runtime/user-remap.ts";
import type { RuntimeService } from "../../runtime/runtime-service.ts";
import type { ChainId, LayerStore } from "../../store/layers/layer-store.ts";
import type { ContextStore } from "../context/context-store.ts";
import type { LinkedLayers } from "./linked-layers.ts";
import type { DownloadRecords } from "./download-records.ts";
import type { CacheMounts } from "./mounts/cache-mounts.ts";
import type { WorkerPool } from "../../store/worker/worker-pool.ts";

/** A file system as a step leaves it. */
export interface Snapshot {
  /** Undefined for an empty one. */
  chainId?: ChainId;
  /** When its top layer was made, in milliseconds since the epoch. */
  createdMs?: number;
}

/** What was read of layers: kept as long as it is of use, never wrong. */
export class SumMemory {
  readonly #known = new Map<string, Record<string, string>>();

  get(key: string): Record<string, string> | undefined {
    return this.#known.get(key);
  }

  /** Forgets the oldest beyond a handful: a large tree's sums take megabytes. */
  set(key: string, sums: Record<string, string>): void {
    this.#known.set(key, sums);
    const [oldest] = this.#known.keys();
    if (this.#known.size > 64 && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** What the steps of builds work with. */
export interface BuildParts {
  layers: LayerStore;
  images: LocalImageService;
  networks: NetworkService;
  runtime: RuntimeService;
  log: Log;
  /** How commands see users; undefined: as the host does. */
  remap: UserRemap | undefined;
  /** Children in the role `build-files`. */
  files: WorkerPool;
  /** Only one at a time gives contents their places in a layer. */
  placing: KeyedMutex;
  /** Where running steps have their mounts and bundles; below the exec root. */
  directory: string;
  /** Where results wait on their way out; below the data root, emptied at start. */
  exports: string;
  /** Where what builds fetch is kept. */
  contexts: ContextStore;
  /** Layers of COPY and ADD --link, by what they are made of. */
  linked: LinkedLayers;
  /** What was fetched of URLs. */
  downloads: DownloadRecords;
  /** Sums of files of layers, by what was asked for. */
  sums: SumMemory;
  /** What `RUN --mount=type=cache` mounts. */
  cacheMounts: CacheMounts;
}
