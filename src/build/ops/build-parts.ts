import type { Log } from "../../base/log.ts";
import type { LocalImageService } from "../../images/local-image-service.ts";
import type { NetworkService } from "../../networks/network-service.ts";
import type { RuntimeService } from "../../runtime/runtime-service.ts";
import type { ChainId, LayerStore } from "../../store/layers/layer-store.ts";
import type { CacheMounts } from "./mounts/cache-mounts.ts";
import type { WorkerPool } from "../../store/worker/worker-pool.ts";

/** A file system as a step leaves it. */
export interface Snapshot {
  /** Undefined for an empty one. */
  chainId?: ChainId;
  /** When its top layer was made, in milliseconds since the epoch. */
  createdMs?: number;
}

/** What the steps of builds work with. */
export interface BuildParts {
  layers: LayerStore;
  images: LocalImageService;
  networks: NetworkService;
  runtime: RuntimeService;
  log: Log;
  /** Children in the role `build-files`. */
  files: WorkerPool;
  /** Where running steps have their mounts and bundles; below the exec root. */
  directory: string;
  /** What `RUN --mount=type=cache` mounts. */
  cacheMounts: CacheMounts;
}
