import { existsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { expectEmpty } from "./account.ts";
import { eventually, type Result } from "./command.ts";
import { Driver } from "./driver.ts";
import { busyboxImage, ensureBusybox } from "./images.ts";
import { gantryBinary } from "./paths.ts";
import { type EngineOptions, TestEngine } from "./test-engine.ts";

/** Port 80 of a container of `script` answers this. */
export const greeting = "hello\n";

/** Serves `greeting`, and ends with `code` once the file /tmp/end is there. */
export function script(code: number): string[] {
  const serve = `while :; do echo ${greeting.trim()} | nc -l -p 80 >/dev/null; done`;
  return ["sh", "-c", `(${serve}) & while [ ! -e /tmp/end ]; do sleep 0.05; done; exit ${code}`];
}

/** An engine that is killed and started again on the same roots, and the command that speaks to it. */
export class CrashRig {
  readonly engine: TestEngine;
  readonly driver: Driver;

  private constructor(engine: TestEngine) {
    this.engine = engine;
    this.driver = new Driver("gantry", "gantry", () => engine.host, [gantryBinary]);
  }

  static async start(options: EngineOptions = {}): Promise<CrashRig> {
    const rig = new CrashRig(TestEngine.prepare(options));
    rig.#arm("");
    await rig.start();
    await ensureBusybox(rig.driver);
    return rig;
  }

  /** Names the step at which the engine is to die. */
  get #stepFile(): string {
    return join(this.engine.directory, "die-at");
  }

  /** Has the engine run a command line, and die at `step` of it; answers what its client said. Then another engine runs. */
  async dieAt(step: string, args: string[]): Promise<Result> {
    this.#arm(step);
    const result = await this.driver.run(args);
    await this.#revive(step);
    return result;
  }

  /** Kills the engine, has the next one die at `step` of its start, and then starts another. */
  async dieStartingAt(step: string): Promise<void> {
    if (this.engine.running) await this.engine.end("SIGKILL");
    this.#arm(step);
    // It may come to answer, and to die a little later.
    await this.start().catch(() => undefined);
    await this.#revive(step);
  }

  async #revive(step: string): Promise<void> {
    await eventually(`the engine dies at ${step}`, () => !this.engine.running, 10_000).finally(() =>
      this.#arm(""),
    );
    await this.engine.ended();
    await this.start();
  }

  #arm(step: string): void {
    writeFileSync(this.#stepFile, step);
  }

  /** Starts an engine where there is none. */
  start(): Promise<void> {
    return this.engine.start({ GANTRY_TEST_KILL_AT: this.#stepFile });
  }

  /** Kills the engine without any warning, and starts another. */
  async crash(): Promise<void> {
    await this.engine.end("SIGKILL");
    await this.start();
  }

  inspect(name: string, format: string): Promise<string> {
    return this.driver.ok("inspect", "-f", format, name);
  }

  state(name: string): Promise<string> {
    return this.inspect(name, "{{.State.Status}} {{.State.ExitCode}}");
  }

  async pid(name: string): Promise<number> {
    return Number(await this.inspect(name, "{{.State.Pid}}"));
  }

  /** Lets a container of `script` end. */
  async letEnd(name: string): Promise<void> {
    writeFileSync(`/proc/${await this.pid(name)}/root/tmp/end`, "");
  }

  /** Kills the engine, and then lets containers of `script` end. */
  async endUnseen(names: string[]): Promise<void> {
    const pids = await Promise.all(names.map((name) => this.pid(name)));
    await this.engine.end("SIGKILL");
    for (const pid of pids) writeFileSync(`/proc/${pid}/root/tmp/end`, "");
    await Promise.all(pids.map(gone));
  }

  /** Removes everything of these tests; then nothing of it may be held. */
  async expectClean(): Promise<void> {
    await this.driver.clean();
    try {
      await expectEmpty(this.engine);
    } finally {
      // One failure is not to spoil what comes after.
      await this.driver.ok("volume", "prune", "-a", "-f");
    }
  }

  /** Creates a container that publishes a port, has an anonymous and a named volume, and runs `script(7)`. */
  create(name: string, port: number, ...flags: string[]): Promise<string> {
    return this.driver.ok("create", ...this.things(name, port), ...flags, busyboxImage, ...script(7));
  }

  /** Flags that let a container take one of everything. */
  things(name: string, port: number): string[] {
    const volume = this.driver.own("etc");
    return ["--name", name, "-p", `${port}:80`, "-v", `${volume}:/etc`, "-v", "/anonymous"];
  }
}

/** What a TCP connection to a local port is told; undefined where it is refused or cut. */
export function ask(port: number, host = "127.0.0.1"): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect({ host, port });
    socket.on("data", (data) => (said += data.toString()));
    socket.once("error", () => resolve(undefined));
    socket.once("close", () => resolve(said === "" ? undefined : said));
    socket.setTimeout(3000, () => socket.destroy());
  });
}

/** Waits until a process is gone. */
export async function gone(pid: number): Promise<void> {
  await eventually(`process ${pid} ends`, () => !existsSync(`/proc/${pid}/root/bin`));
}
