import type { Volume, VolumeCreateOptions, VolumeListResponse } from "../spec/api/volume.ts";
import type { Filters } from "../images/image-service.ts";

/** Named and anonymous volumes of the `local` driver. */
export interface VolumeService {
  /** An existing volume of that name is answered as it is; another driver or other options are a conflict. */
  create(options: VolumeCreateOptions): Promise<Volume>;
  get(name: string): Volume;
  list(filters: Filters): VolumeListResponse;
  /** Conflict while a container uses it (`force` does not change that, as in Docker; it silences not-found). */
  remove(name: string, force: boolean): Promise<void>;
  prune(filters: Filters): Promise<{ VolumesDeleted: string[]; SpaceReclaimed: number }>;
  /** Holds the volume for a container and answers its data directory; made on first use. `sub` stays inside it. */
  acquire(
    name: string,
    containerId: string,
    options?: { anonymous?: boolean; subpath?: string },
  ): Promise<string>;
  /** The container is gone: gives back its holds; with `removeAnonymous`, deletes its anonymous volumes nothing else uses. */
  releaseAll(containerId: string, removeAnonymous: boolean): Promise<void>;
  /** Mounts what a volume needs mounted (driver opts type/o/device) before a container starts, and undoes it after. Counted. */
  mount(name: string, containerId: string): Promise<void>;
  unmount(name: string, containerId: string): Promise<void>;
  /**
   * Copy-up: when the volume is empty, fills it from `path` inside the mounted `rootfs` (content, owners, modes,
   * xattrs, links), resolved inside the rootfs. Docker's rule: only on a container's first start, unless nocopy.
   */
  copyUp(name: string, rootfs: string, path: string): Promise<void>;
  /** Names of holders, for messages. */
  usersOf(name: string): string[];
  reconcile(existingContainers: Set<string>): Promise<void>;
}
