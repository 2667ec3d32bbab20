import { readdirSync } from "node:fs";
import { EngineError } from "../base/errors.ts";
import { faultPoint } from "../base/fault.ts";
import { newId } from "../base/ids.ts";
import type { Log } from "../base/log.ts";
import type { EventLog } from "../events/event-log.ts";
import type { Filters } from "../images/image-service.ts";
import { treeSize } from "../linux/tree-size.ts";
import type { PruneItem } from "../spec/api/prune-preview.ts";
import type { Volume, VolumeCreateOptions, VolumeListResponse } from "../spec/api/volume.ts";
import type { Database } from "../store/db/database.ts";
import { fillDirectory, fillSourceExists } from "./fill.ts";
import { NameLock } from "./name-lock.ts";
import { anonymousLabel, checkVolumeDriver, checkVolumeName, checkVolumeOptions } from "./volume-check.ts";
import { VolumeDirectories } from "./volume-directories.ts";
import { listFilter, pruneFilter } from "./volume-filters.ts";
import { VolumeMounts } from "./volume-mounts.ts";
import { type Hold, type MountRecord, type VolumeRecord, VolumeRecords } from "./volume-records.ts";
import type { AcquireOptions, VolumePoint, VolumeService } from "./volume-service.ts";

export interface VolumeServiceOptions {
  db: Database;
  /** Directory of all volumes; made if missing. */
  root: string;
  events: EventLog;
  log: Log;
}

export function createVolumeService(options: VolumeServiceOptions): VolumeService {
  return new EngineVolumes(options);
}

const driver = "local";

class EngineVolumes implements VolumeService {
  readonly #records: VolumeRecords;
  readonly #directories: VolumeDirectories;
  readonly #mounts: VolumeMounts;
  readonly #events: EventLog;
  readonly #log: Log;
  /** By volume: creation, removal, mounting and filling of one never overlap. */
  readonly #lock = new NameLock();

  constructor({ db, root, events, log }: VolumeServiceOptions) {
    this.#records = new VolumeRecords(db);
    this.#directories = new VolumeDirectories(root);
    this.#mounts = new VolumeMounts(this.#records, this.#directories);
    this.#events = events;
    this.#log = log;
  }

  async create(options: VolumeCreateOptions): Promise<Volume> {
    const name = options.Name || newId();
    const labels = options.Name ? (options.Labels ?? null) : { ...options.Labels, [anonymousLabel]: "" };
    return await this.#lock.run(name, async () =>
      this.#volumeOf(await this.#ensure(name, options.Driver ?? "", options.DriverOpts ?? null, labels)),
    );
  }

  get(name: string): Volume {
    return this.#volumeOf(this.#require(name));
  }

  list(filters: Filters): VolumeListResponse {
    const matches = listFilter(filters, (record) => this.#records.holders(record.name).length > 0);
    const volumes = this.#present().filter(matches);
    return { Volumes: volumes.map((record) => this.#volumeOf(record)), Warnings: null };
  }

  async remove(name: string, force: boolean): Promise<void> {
    const record = this.#records.get(name);
    if (force && (record === undefined || record.removing)) return;
    await this.#lock.run(name, async () => {
      // One whose removal failed half way may be tried again.
      if (record?.removing !== true) this.#require(name);
      if (await this.#delete(name)) return;
      const holders = this.#records.holders(name).join(", ");
      throw new EngineError("conflict", `remove ${name}: volume is in use - [${holders}]`);
    });
  }

  async prune(filters: Filters): Promise<{ VolumesDeleted: string[]; SpaceReclaimed: number }> {
    const matches = pruneFilter(filters);
    const [deleted, sizes]: [string[], number[]] = [[], []];
    for (const { name } of this.#present().filter(matches)) {
      await this.#lock.run(name, async () => {
        if (this.#records.holders(name).length > 0) return;
        const sizeBytes = await treeSize(this.#directories.data(name));
        if (!(await this.#delete(name))) return;
        deleted.push(name);
        sizes.push(sizeBytes);
      });
    }
    const SpaceReclaimed = sizes.reduce((sum, size) => sum + size, 0);
    this.#publish("prune", "", { reclaimed: String(SpaceReclaimed) });
    return { VolumesDeleted: deleted, SpaceReclaimed };
  }

  async planPrune(filters: Filters, goneContainers: ReadonlySet<string>): Promise<PruneItem[]> {
    const going = this.#present()
      .filter(pruneFilter(filters))
      .filter(({ name }) => this.#records.holders(name).every((holder) => goneContainers.has(holder)));
    const items = going.map(async ({ name }) => ({
      ID: name,
      Name: name,
      Size: await treeSize(this.#directories.data(name)),
    }));
    return Promise.all(items);
  }

  async acquire(name: string, containerId: string, options: AcquireOptions = {}): Promise<Volume> {
    const { anonymous = false, driver: wanted = "", driverOptions = {}, labels = {} } = options;
    return await this.#lock.run(name, async () => {
      const record = await this.#ensure(
        name,
        wanted,
        nullIfEmpty(driverOptions),
        nullIfEmpty(anonymous ? { ...labels, [anonymousLabel]: "" } : labels),
        { container: containerId, anonymous },
      );
      return this.#volumeOf(record);
    });
  }

  async releaseAll(containerId: string, removeAnonymous: boolean): Promise<void> {
    await this.unmountAll(containerId);
    for (const name of this.#records.release(containerId, removeAnonymous)) {
      faultPoint("volume-remove-anonymous");
      await this.#lock.run(name, async () => {
        // Another may have finished the removal, and have made a new volume of that name, meanwhile.
        if (this.#records.get(name)?.removing === true) await this.#finishMarked(name);
      });
    }
  }

  async mount(name: string, containerId: string, point?: VolumePoint): Promise<string> {
    const { destination = "", readOnly = false, subpath = "" } = point ?? {};
    const record: MountRecord = { container: containerId, destination, volume: name };
    return await this.#lock.run(name, async () => {
      await this.#mounts.mountDevice(this.#require(name));
      this.#records.addMount(record);
      faultPoint("volume-mount");
      try {
        const path = this.#mounts.pin(record, subpath);
        this.#publish("mount", name, {
          container: containerId,
          destination,
          driver,
          propagation: "",
          "read/write": String(!readOnly),
        });
        return path;
      } catch (error) {
        this.#mounts.undo(record);
        throw error;
      }
    });
  }

  async unmountAll(containerId: string): Promise<void> {
    for (const record of this.#records.mountsOf(containerId)) {
      await this.#lock.run(record.volume, async () => {
        this.#mounts.undo(record);
        this.#publish("unmount", record.volume, { container: containerId, driver });
      });
    }
  }

  async copyUp(name: string, rootfs: string, path: string): Promise<void> {
    await this.#lock.run(name, async () => {
      const record = this.#require(name);
      const source = { rootfs, path };
      if (!fillSourceExists(source, record.labels?.[anonymousLabel] !== undefined)) return;
      await this.#mounts.mountDevice(record);
      try {
        const data = this.#directories.data(name);
        if (!record.filling && readdirSync(data).length > 0) return;
        this.#records.setFilling(name, true);
        faultPoint("volume-fill");
        await fillDirectory(source, data);
        faultPoint("volume-filled");
        this.#records.setFilling(name, false);
      } finally {
        this.#mounts.unmountUnused(name);
      }
    });
  }

  usersOf(name: string): string[] {
    return this.#records.holders(name);
  }

  async reconcile(existingContainers: ReadonlySet<string>): Promise<void> {
    for (const container of this.#records.containers()) {
      if (existingContainers.has(container)) continue;
      for (const record of this.#records.mountsOf(container)) this.#mounts.undo(record);
      // Its creation was cut short: what was made for it alone goes with it.
      this.#records.release(container, true);
    }
    await this.#directories.emptyTrash();
    for (const record of this.#records.list()) {
      if (record.removing) await this.#finishRemoval(record.name);
      else this.#directories.make(record.name);
      this.#mounts.unmountUnused(record.name);
    }
    const known = new Set(this.#records.list().map(({ name }) => name));
    for (const name of this.#directories.names().filter((entry) => !known.has(entry))) {
      if (this.#directories.removeUnused(name)) continue;
      this.#log.warn("a directory among the volumes belongs to none; create a volume of its name to use it", {
        name,
      });
    }
  }

  #present(): VolumeRecord[] {
    return this.#records.list().filter(({ removing }) => !removing);
  }

  #require(name: string): VolumeRecord {
    const record = this.#records.get(name);
    if (record !== undefined && !record.removing) return record;
    throw new EngineError("not-found", `get ${name}: no such volume`);
  }

  /** The volume, made if it is not there; held in the same step, so that a crash leaves none without its owner. Under its lock. */
  async #ensure(
    name: string,
    wanted: string,
    options: Record<string, string> | null,
    labels: Record<string, string> | null,
    hold?: Hold,
  ): Promise<VolumeRecord> {
    checkVolumeDriver(name, wanted);
    const existing = this.#records.get(name);
    if (existing?.removing === false) {
      if (hold !== undefined) this.#records.hold(name, hold);
      return existing;
    }
    checkVolumeName(name);
    checkVolumeOptions(name, options ?? {});
    if (existing !== undefined) await this.#finishRemoval(name);
    this.#directories.make(name);
    faultPoint("volume-create");
    const createdAt = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    const record = { name, createdAt, labels, options, filling: false, removing: false };
    this.#records.add(record, hold);
    faultPoint("volume-recorded");
    this.#publish("create", name, { driver });
    return record;
  }

  /** Answers false while somebody holds it. Under its lock. */
  async #delete(name: string): Promise<boolean> {
    const record = this.#records.get(name);
    if (record === undefined || !this.#records.markRemoving(name)) return false;
    await this.#finishMarked(name);
    return true;
  }

  async #finishMarked(name: string): Promise<void> {
    faultPoint("volume-remove");
    await this.#finishRemoval(name);
    this.#publish("destroy", name, { driver });
  }

  async #finishRemoval(name: string): Promise<void> {
    await this.#directories.remove(name);
    faultPoint("volume-removed");
    this.#records.remove(name);
  }

  #volumeOf({ name, createdAt, labels, options }: VolumeRecord): Volume {
    return {
      CreatedAt: createdAt,
      Driver: driver,
      Labels: labels,
      Mountpoint: this.#directories.data(name),
      Name: name,
      Options: options,
      Scope: "local",
    };
  }

  #publish(Action: string, id: string, attributes: Record<string, string>): void {
    this.#events.publish({ Type: "volume", Action, id, attributes });
  }
}

function nullIfEmpty(map: Record<string, string>): Record<string, string> | null {
  return Object.keys(map).length === 0 ? null : map;
}
