import type { Socket } from "node:net";
import { totalmem } from "node:os";
import { join } from "node:path";
import { EngineError, errnoOf } from "../base/errors.ts";
import { Cgroup } from "../linux/cgroup.ts";
import { cgroupUsage } from "../linux/cgroup-usage.ts";
import { oomVictim } from "../linux/kernel-log.ts";
import { ProcessHandle } from "../linux/pidfd.ts";
import type { Bundle, BundleRecord } from "./monitor/bundle.ts";
import type { ExitRecord } from "./monitor/exit-files.ts";
import { connectAccepted } from "./monitor/accepted.ts";
import { MonitorControl } from "./monitor/control.ts";
import type { RuntimePaths } from "./paths.ts";
import type { Exit } from "./runtime-service.ts";

/** One container of this process, from its creation or adoption to its deletion. */
export class Container {
  readonly id: string;
  readonly bundle: Bundle;
  readonly record: BundleRecord;
  readonly cgroup: Cgroup;
  /** The runtime's own directory of this container. */
  readonly stateDirectory: string;
  readonly control: MonitorControl;
  /** Settles once its first process has ended and everything is known of it. */
  readonly exited: Promise<Exit>;
  /** Connections to be closed at its end: see `AttachmentOptions.park`. */
  readonly parked = new Set<Socket>();
  /** The ends of the monitors of its execs that live: they write in its directory. */
  readonly execMonitors = new Set<Promise<unknown>>();
  /** Its monitor, while it lives. */
  monitor: ProcessHandle | undefined;
  #first: ProcessHandle | undefined;
  #started = false;
  #early: Promise<unknown> | undefined;
  #exit: Exit | undefined;
  #settle: (exit: Exit) => void = () => undefined;

  constructor(id: string, bundle: Bundle, record: BundleRecord, paths: RuntimePaths) {
    this.id = id;
    this.bundle = bundle;
    this.record = record;
    this.cgroup = new Cgroup(record.cgroupPath);
    this.control = new MonitorControl(bundle.control);
    this.stateDirectory = join(paths.state, id);
    this.exited = new Promise((resolve) => (this.#settle = resolve));
  }

  /** To be called when its first process is let go. */
  started(): void {
    this.#started = true;
  }

  /** Runs `connect` so that nothing the container will say is missed: see `connectAccepted`. */
  async connectInTime<T>(connect: () => Promise<T>): Promise<T> {
    if (this.#started) return connect();
    const before = this.#early;
    const monitor = this.monitor?.pid ?? 0;
    const connection =
      before === undefined ? connect() : before.then(() => connectAccepted(monitor, connect));
    this.#early = connection.catch(() => undefined);
    return connection;
  }

  get running(): boolean {
    return this.#first !== undefined && this.#exit === undefined;
  }

  get pid(): number {
    return this.#first?.pid ?? 0;
  }

  /** Its first process. Throws Docker's error when there is none (any more). */
  get first(): ProcessHandle {
    if (this.#first === undefined || this.#exit !== undefined) throw notRunning(this.id);
    return this.#first;
  }

  /** Holds the first process. Answers false when it is gone, or its number now is another program's. */
  hold(pid: number): boolean {
    const handle = openProcess(pid);
    if (handle === undefined || !this.cgroup.processIds().includes(pid)) {
      handle?.[Symbol.dispose]();
      return false;
    }
    this.#first = handle;
    return true;
  }

  signal(signal: number): void {
    try {
      this.first.signal(signal);
    } catch (error) {
      if (errnoOf(error) === "ESRCH") throw notRunning(this.id);
      throw error;
    }
  }

  #oomFacts(): Pick<Exit, "oomKilled" | "oom"> {
    if (this.cgroup.oomKills() === 0) return { oomKilled: false };
    const { mostBytes, limitBytes } = cgroupUsage(this.cgroup).memory;
    const usedBytes = mostBytes || undefined;
    const limited = limitBytes < totalmem();
    const task = oomVictim(this.cgroup.path);
    return { oomKilled: true, oom: { task, usedBytes, limitBytes: limited ? limitBytes : Infinity } };
  }

  /** Records its end. The count of out-of-memory kills must be read here: it goes with the cgroup. */
  end(record: ExitRecord): Exit {
    this.#exit ??= { ...record, ...this.#oomFacts() };
    this.#first?.[Symbol.dispose]();
    this.monitor?.[Symbol.dispose]();
    this.monitor = undefined;
    for (const socket of this.parked) socket.destroy();
    this.parked.clear();
    this.#settle(this.#exit);
    return this.#exit;
  }
}

/** Undefined when there is no such process. */
export function openProcess(pid: number | undefined): ProcessHandle | undefined {
  if (pid === undefined) return undefined;
  try {
    return ProcessHandle.open(pid);
  } catch (error) {
    if (errnoOf(error) === "ESRCH") return undefined;
    throw error;
  }
}

export function notRunning(id: string): EngineError {
  return new EngineError("not-found", `Container ${id} is not running`);
}
