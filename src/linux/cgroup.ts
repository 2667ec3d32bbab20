import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { errnoOf } from "../base/errors.ts";
import { listMounts, type MountInfo } from "./mount.ts";

/** How this machine's cgroups are laid out: cgroups(7). On v1 every controller may be a tree of its own. */
export interface CgroupLayout {
  /** 2 when the one tree at /sys/fs/cgroup has all controllers; 1 for v1 and for the v1 + v2 hybrid. */
  version: 1 | 2;
  /** Mount point of the v2 tree; on v1 machines it may be absent. */
  unified?: string;
  /** v1 only: mount point by controller (`memory`, `freezer`, `name=systemd`, …). */
  controllers: Map<string, string>;
}

const root = "/sys/fs/cgroup";
let known: CgroupLayout | undefined;

export function cgroupLayout(): CgroupLayout {
  known ??= layoutOf(listMounts());
  return known;
}

/** To be called after cgroup file systems were mounted. */
export function forgetCgroupLayout(): void {
  known = undefined;
}

export function layoutOf(mounts: MountInfo[]): CgroupLayout {
  const controllers = new Map<string, string>();
  let unified: string | undefined;
  for (const { type, target, superOptions } of mounts) {
    if (target !== root && !target.startsWith(`${root}/`)) continue;
    if (type === "cgroup2") unified ??= target;
    if (type !== "cgroup") continue;
    for (const option of superOptions.split(","))
      if (!cgroupOptions.has(option)) controllers.set(option, target);
  }
  return { version: unified === root ? 2 : 1, unified, controllers };
}

/** What super options of a v1 mount hold besides controller names. */
const cgroupOptions = new Set([
  "rw",
  "ro",
  "xattr",
  "clone_children",
  "noprefix",
  "cpuset_v2_mode",
  "favordynmods",
]);

/** One container's group: the same path in every tree. */
export class Cgroup {
  readonly path: string;
  readonly #layout: CgroupLayout;

  constructor(path: string, layout = cgroupLayout()) {
    this.path = path;
    this.#layout = layout;
  }

  get version(): 1 | 2 {
    return this.#layout.version;
  }

  /** The group's directory in the tree of a controller. */
  directory(controller: string): string | undefined {
    const { version, unified, controllers } = this.#layout;
    const mountPoint = version === 2 ? unified : controllers.get(controller);
    return mountPoint === undefined ? undefined : join(mountPoint, this.path);
  }

  /** Its directories in all trees, each once. */
  directories(): string[] {
    const { version, unified, controllers } = this.#layout;
    const mountPoints = new Set(version === 2 ? [] : controllers.values());
    if (unified !== undefined) mountPoints.add(unified);
    return [...mountPoints].map((mountPoint) => join(mountPoint, this.path));
  }

  exists(): boolean {
    return this.directories().some((directory) => existsSync(directory));
  }

  /** Every process of the group and of groups below it, as one tree has them (they are the same in all). */
  processIds(): number[] {
    const directory = this.directory("pids") ?? this.directories()[0];
    return directory === undefined ? [] : processesBelow(directory).sort((a, b) => a - b);
  }

  /** How many of its processes the kernel killed for want of memory. Gone with the group. */
  oomKills(): number {
    const directory = this.directory("memory");
    const file = this.#layout.version === 2 ? "memory.events" : "memory.oom_control";
    const text = directory === undefined ? undefined : readIfThere(join(directory, file));
    return Number(/^oom_kill (\d+)$/m.exec(text ?? "")?.[1] ?? 0);
  }

  /** Freezes or thaws all processes, and resolves when that is done. Answers false where there is no freezer. */
  async freeze(frozen: boolean): Promise<boolean> {
    const directory = this.directory("freezer");
    if (directory === undefined) return false;
    const [file, value] =
      this.#layout.version === 2 ? ["cgroup.freeze", frozen ? "1" : "0"] : v1Freezer(frozen);
    writeFileSync(join(directory, file), value);
    for (let attempt = 0; this.#isFrozen(directory) !== frozen; attempt += 1) {
      if (attempt === 1000) throw new Error(`cgroup ${this.path} did not ${frozen ? "freeze" : "thaw"}`);
      await delay(1);
      if (this.#layout.version === 1) await this.#insist(join(directory, file), value, attempt);
    }
    return true;
  }

  /**
   * v1 stays FREEZING where a process came up meanwhile (fork, exec of a program with threads): the state is written
   * again, and now and then the group is thawed for a moment, so that the newcomer gets where it can be frozen.
   */
  async #insist(file: string, value: string, attempt: number): Promise<void> {
    if (value === "FROZEN" && attempt % 20 === 19) {
      writeFileSync(file, "THAWED");
      await delay(10);
    }
    writeFileSync(file, value);
  }

  /** Whether its processes are frozen, or on the way there. */
  get freezing(): boolean {
    const directory = this.directory("freezer");
    if (directory === undefined) return false;
    if (this.#layout.version === 2) return readIfThere(join(directory, "cgroup.freeze"))?.trim() === "1";
    return (readIfThere(join(directory, "freezer.state"))?.trim() ?? "THAWED") !== "THAWED";
  }

  #isFrozen(directory: string): boolean {
    if (this.#layout.version === 2)
      return /^frozen 1$/m.test(readIfThere(join(directory, "cgroup.events")) ?? "");
    return readIfThere(join(directory, "freezer.state"))?.trim() === "FROZEN";
  }

  /** Kills every process until none is left, also frozen ones. */
  async killAll(): Promise<void> {
    const kill = this.#layout.version === 2 ? join(this.directory("pids") ?? "", "cgroup.kill") : "";
    for (let attempt = 0; attempt < 2000; attempt += 1) {
      const pids = this.processIds();
      if (pids.length === 0) return;
      if (kill !== "" && existsSync(kill)) writeFileSync(kill, "1");
      else for (const pid of pids) killQuietly(pid);
      if (attempt === 0) await this.#thawForDeath();
      await delay(1);
    }
  }

  /** A frozen process of a v1 group dies only once it is thawed. */
  async #thawForDeath(): Promise<void> {
    const directory = this.directory("freezer");
    if (this.#layout.version === 1 && directory !== undefined && existsSync(directory))
      await this.freeze(false);
  }

  /** Removes the group where it holds no process and no further group. */
  removeIfEmpty(): void {
    for (const directory of this.directories()) {
      try {
        rmdirSync(directory);
      } catch (error) {
        const code = errnoOf(error);
        if (code !== "ENOENT" && code !== "EBUSY") throw error;
      }
    }
  }

  /** Removes the group and those below it from every tree. Its processes must be gone; absent groups are fine. */
  async remove(): Promise<void> {
    for (const directory of this.directories()) await removeTree(directory);
  }
}

function v1Freezer(frozen: boolean): [string, string] {
  return ["freezer.state", frozen ? "FROZEN" : "THAWED"];
}

function processesBelow(directory: string): number[] {
  const own = readIfThere(join(directory, "cgroup.procs"));
  const pids = (own ?? "").split("\n").filter(Boolean).map(Number);
  return pids.concat(...subgroups(directory).map(processesBelow));
}

function subgroups(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

async function removeTree(directory: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      rmdirSync(directory);
      return;
    } catch (error) {
      const code = errnoOf(error);
      if (code === "ENOENT") return;
      if (code !== "EBUSY" || attempt === 500) throw error;
    }
    const below = subgroups(directory);
    for (const group of below) await removeTree(group);
    // The last process left but its exit is not accounted yet: the kernel has no event for that.
    if (below.length === 0) await delay(1);
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (errnoOf(error) !== "ESRCH") throw error;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = errnoOf(error);
    // EOPNOTSUPP: cgroup.procs of a threaded group of v2, whose processes the group above it has.
    if (code === "ENOENT" || code === "ENODEV" || code === "EOPNOTSUPP") return undefined;
    throw error;
  }
}
