import { deviceOf, isMountPoint, mountDevice, unmountBelow } from "./device-mount.ts";
import { pinPath, pinSubpath, unpinSubpath } from "./subpath-pin.ts";
import type { VolumeDirectories } from "./volume-directories.ts";
import type { MountRecord, VolumeRecord, VolumeRecords } from "./volume-records.ts";

/** What is mounted for volumes that are in use: devices over their data, and pins of parts of them. Under their locks. */
export class VolumeMounts {
  readonly #records: VolumeRecords;
  readonly #directories: VolumeDirectories;

  constructor(records: VolumeRecords, directories: VolumeDirectories) {
    this.#records = records;
    this.#directories = directories;
  }

  /** What its driver options name, over its data. */
  async mountDevice({ name, options }: VolumeRecord): Promise<void> {
    const device = deviceOf(options);
    const data = this.#directories.data(name);
    if (device !== undefined && !isMountPoint(data)) await mountDevice(device, data);
  }

  /** Where a container mounts it from: its data, or a part of that which nobody can swap for a link any more. */
  pin({ volume, container, destination }: MountRecord, subpath: string): string {
    const data = this.#directories.data(volume);
    if (subpath === "") return data;
    const pin = pinPath(this.#directories.path(volume), container, destination);
    unpinSubpath(pin);
    pinSubpath(data, subpath, pin);
    return pin;
  }

  undo(record: MountRecord): void {
    unpinSubpath(pinPath(this.#directories.path(record.volume), record.container, record.destination));
    this.#records.removeMount(record);
    this.unmountUnused(record.volume);
  }

  /** Nobody has it mounted any more: gives back what its driver options mounted. */
  unmountUnused(name: string): void {
    const record = this.#records.get(name);
    if (record === undefined || deviceOf(record.options) === undefined || this.#records.isMounted(name))
      return;
    unmountBelow(this.#directories.data(name));
  }
}
