import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instanceOf } from "../../src/daemon/config.ts";
import { eventually } from "./command.ts";
import { cgroupParent, findLeftovers, removeEngineFiles } from "./leftovers.ts";
import { gantryBinary, runPrefix } from "./paths.ts";

export interface EngineOptions {
  /** More flags for `gantry daemon`. */
  flags?: string[];
  env?: Record<string, string>;
}

/** An engine of the test's own: its roots, socket and log stand in one directory under /tmp. */
export class TestEngine {
  readonly directory: string;
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly socket: string;
  readonly logPath: string;
  /** Its part of the names of links, tables and cgroups. */
  readonly instance: string;
  readonly #flags: string[];
  #process: Bun.Subprocess | undefined;

  private constructor(flags: string[]) {
    this.directory = realpathSync(mkdtempSync(join(tmpdir(), runPrefix)));
    this.dataRoot = join(this.directory, "data");
    this.execRoot = join(this.directory, "run");
    this.socket = join(this.directory, "gantry.sock");
    this.logPath = join(this.directory, "engine.log");
    this.instance = instanceOf(this.dataRoot);
    mkdirSync(this.dataRoot);
    writeFileSync(join(this.directory, "daemon.json"), "{}");
    this.#flags = flags;
  }

  static async start(options: EngineOptions = {}): Promise<TestEngine> {
    const engine = TestEngine.prepare(options);
    await engine.start(options.env);
    return engine;
  }

  /** Its directory, not yet the engine itself. */
  static prepare(options: EngineOptions = {}): TestEngine {
    return new TestEngine(options.flags ?? []);
  }

  get host(): string {
    return `unix://${this.socket}`;
  }

  get pid(): number {
    if (this.#process === undefined) throw new Error("the engine does not run");
    return this.#process.pid;
  }

  get log(): string {
    return readFileSync(this.logPath, "utf8");
  }

  /** Starts the daemon on these roots and waits until it answers. */
  async start(env: Record<string, string> = {}): Promise<void> {
    const log = openSync(this.logPath, "a");
    const child = Bun.spawn([gantryBinary, "daemon", ...this.#arguments()], {
      stdin: "ignore",
      stdout: log,
      stderr: log,
      env: { ...process.env, ...env },
      // A signal to the test's process group (Ctrl-C, timeout) must not reach what the engine started.
      detached: true,
    });
    closeSync(log);
    this.#process = child;
    await eventually("the engine answers", async () => {
      if (!this.running) throw new Error(`the engine ended with ${await child.exited}:\n${this.log}`);
      return await this.#answers();
    });
  }

  /** Sends a signal to the daemon and waits for its end; answers the exit code. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    const child = this.#process;
    if (child === undefined) throw new Error("the engine does not run");
    child.kill(signal);
    return this.ended();
  }

  /** Waits for the daemon's end, however it comes (fault points). */
  async ended(): Promise<number> {
    const code = await (this.#process?.exited ?? Promise.resolve(0));
    this.#process = undefined;
    return code;
  }

  get running(): boolean {
    return (
      this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null
    );
  }

  /**
   * Ends the engine and answers what it left on the machine: an empty list, if every container was removed before.
   * Then gives all of it back, so that one failure does not spoil what comes after.
   */
  async dispose(): Promise<string[]> {
    if (this.running) await this.end();
    const left = await findLeftovers(this);
    await removeEngineFiles(this);
    return left;
  }

  #arguments(): string[] {
    return [
      "-H",
      this.host,
      "--data-root",
      this.dataRoot,
      "--exec-root",
      this.execRoot,
      "--config-file",
      join(this.directory, "daemon.json"),
      "--cgroup-parent",
      cgroupParent(this.instance),
      ...this.#flags,
    ];
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch("http://engine/_ping", { unix: this.socket })).ok;
    } catch {
      return false;
    }
  }
}
