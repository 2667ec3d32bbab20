import type { PruneItem } from "../spec/api/prune-preview.ts";
import type { Volume, VolumeCreateOptions, VolumeListResponse } from "../spec/api/volume.ts";
import type { Filters } from "../images/image-service.ts";

export interface AcquireOptions {
  anonymous?: boolean;
  driver?: string;
  driverOptions?: Record<string, string>;
  labels?: Record<string, string>;
}

/** Where a volume appears in a container. */
export interface VolumePoint {
  destination: string;
  readOnly: boolean;
  /** Relative; links in it cannot lead out of the volume. */
  subpath?: string;
}

/** Named and anonymous volumes of the `local` driver. */
export interface VolumeService {
  /** An existing volume of that name is answered as it is, whatever options are asked for, as dockerd does. */
  create(options: VolumeCreateOptions): Promise<Volume>;
  get(name: string): Volume;
  list(filters: Filters): VolumeListResponse;
  /** Conflict while a container uses it (`force` does not change that, as in Docker; it silences not-found). */
  remove(name: string, force: boolean): Promise<void>;
  prune(filters: Filters): Promise<{ VolumesDeleted: string[]; SpaceReclaimed: number }>;
  /** What `prune` would remove now, were the given containers gone. */
  planPrune(filters: Filters, goneContainers: ReadonlySet<string>): Promise<PruneItem[]>;
  /**
   * Holds the volume for a container, made on first use with the driver, options and labels given, and answers it.
   * `anonymous` marks the hold: `releaseAll` with `removeAnonymous` deletes the volume then.
   */
  acquire(name: string, containerId: string, options?: AcquireOptions): Promise<Volume>;
  /** The container is gone: gives back its holds; with `removeAnonymous`, deletes its anonymous volumes nothing else uses. */
  releaseAll(containerId: string, removeAnonymous: boolean): Promise<void>;
  /**
   * Readies a volume for a mount point of a starting container and answers the host path to bind: what the driver
   * options name is mounted on first use, a subpath is resolved inside the volume and pinned by a mount of its own.
   */
  mount(name: string, containerId: string, point?: VolumePoint): Promise<string>;
  /** The container has stopped: undoes all its `mount`s. */
  unmountAll(containerId: string): Promise<void>;
  /**
   * Copy-up: when the volume is empty, fills it from `path` inside the mounted `rootfs` (content, owners, modes,
   * xattrs, links), resolved inside the rootfs. dockerd does it once, when the container is created. One that was
   * cut short, by a crash too, is finished the next time.
   */
  copyUp(name: string, rootfs: string, path: string): Promise<void>;
  /** Ids of the containers that hold it. */
  usersOf(name: string): string[];
  /** After a start: finishes or undoes what a crash left, and forgets containers that are gone. */
  reconcile(existingContainers: ReadonlySet<string>): Promise<void>;
}
