import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../base/errors.ts";
import type { RlimitSpec, RuntimeSpec } from "../../spec/oci-runtime.ts";
import type { KeptLog } from "../logs/log-keeper.ts";
import { toJson } from "../spec/serialize.ts";

/** What must be known of a container to take it over after a restart; written before anything runs. */
export interface BundleRecord {
  runtime: string;
  runtimePath: string;
  runtimeArgs: string[];
  cgroupPath: string;
  /** The topmost group above that one which is there only for containers of this engine. */
  madeParent?: string;
  /** What its first process gets only when it is let go. */
  lateRlimits?: RlimitSpec[];
  tty: boolean;
  openStdin: boolean;
  /** The first client that ends its input ends the container's. */
  closesStdin: boolean;
  /** Its processes live in a PID namespace of their own: they die with its first one. */
  ownPidNamespace: boolean;
  output?: KeptLog;
}

/** The files of one container's monitor in the container's directory. */
export class Bundle {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  get attachSocket(): string {
    return join(this.directory, "attach");
  }

  /** conmon's FIFO for terminal sizes. */
  get control(): string {
    return join(this.directory, "ctl");
  }

  /** Written by conmon: the container's first process. */
  get pidFile(): string {
    return join(this.directory, "pid");
  }

  /** Written by us: conmon itself. */
  get monitorPidFile(): string {
    return join(this.directory, "monitor-pid");
  }

  /** Mount point of /dev/shm where other containers may share it. */
  get shm(): string {
    return join(this.directory, "shm");
  }

  get configFile(): string {
    return join(this.directory, "config.json");
  }

  get #recordFile(): string {
    return join(this.directory, "runtime.json");
  }

  write(spec: RuntimeSpec, record: BundleRecord): void {
    writeFileSync(this.configFile, toJson(spec), { mode: 0o600 });
    writeFileSync(this.#recordFile, JSON.stringify(record), { mode: 0o600 });
  }

  /** Undefined where nothing was ever launched, or only half. */
  record(): BundleRecord | undefined {
    try {
      return JSON.parse(readFileSync(this.#recordFile, "utf8")) as BundleRecord;
    } catch (error) {
      if (errnoOf(error) === "ENOENT" || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  pid(): number | undefined {
    return readNumber(this.pidFile);
  }

  monitorPid(): number | undefined {
    return readNumber(this.monitorPidFile);
  }

  /** Takes away all files of the monitor. The directory itself, and the log, are the caller's. */
  remove(): void {
    const ours = [
      this.attachSocket,
      this.control,
      this.pidFile,
      this.monitorPidFile,
      this.configFile,
      this.#recordFile,
    ];
    const conmons = ["winsz", "oom"].map((name) => join(this.directory, name));
    for (const file of [...ours, ...conmons]) rmSync(file, { force: true });
  }
}

function readNumber(path: string): number | undefined {
  try {
    const value = Number(readFileSync(path, "utf8"));
    return Number.isInteger(value) && value > 0 ? value : undefined;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
