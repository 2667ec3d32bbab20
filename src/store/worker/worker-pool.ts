import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { EngineError, type ErrorKind } from "../../base/errors.ts";
import { childCommand, childEnvironment } from "../../linux/self.ts";

/** One line from a worker: what a task came to. */
export type WorkerAnswer =
  | { result: unknown }
  | { error: { kind: ErrorKind; message: string; code?: string } };

/** A child that has done nothing for this long ends: it holds memory. */
const idleMs = 10_000;

/**
 * Children of this program in one role, each doing one task after the other (`serveTasks`): a task costs no start of a process. They
 * are started when needed, end when idle, and with the engine, however that ends.
 */
export class WorkerPool {
  readonly #role: string;
  readonly #size: number;
  readonly #idle: Worker[] = [];
  readonly #waiting: ((worker: Worker) => void)[] = [];
  #started = 0;

  constructor(role: string, size = 2) {
    this.#role = role;
    this.#size = size;
  }

  /** Throws the child's EngineError, or `cancelled` on abort: then the child is gone before this ends. */
  async run<T>(task: unknown, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const worker = await this.#take();
    try {
      return (await worker.run(task, signal)) as T;
    } finally {
      this.#giveBack(worker);
    }
  }

  /** Ends the idle children. */
  close(): void {
    for (const worker of this.#idle.splice(0)) this.#end(worker);
  }

  async #take(): Promise<Worker> {
    const idle = this.#idle.pop();
    if (idle?.alive === true) return idle;
    if (idle !== undefined) this.#started -= 1;
    if (this.#started >= this.#size)
      return await new Promise<Worker>((resolve) => this.#waiting.push(resolve));
    this.#started += 1;
    return new Worker(this.#role);
  }

  #giveBack(worker: Worker): void {
    const next = this.#waiting.shift();
    if (next !== undefined) return next(worker.alive ? worker : new Worker(this.#role));
    if (!worker.alive) {
      this.#started -= 1;
      return;
    }
    this.#idle.push(worker);
    worker.endAfter(idleMs, () => {
      const at = this.#idle.indexOf(worker);
      if (at >= 0) this.#idle.splice(at, 1);
      this.#started -= 1;
    });
  }

  #end(worker: Worker): void {
    worker.endAfter(0, () => undefined);
    this.#started -= 1;
  }
}

class Worker {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #complaint = "";
  #settle: ((answer: WorkerAnswer | undefined) => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  alive = true;

  constructor(role: string) {
    const [program, ...args] = childCommand(role);
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env: childEnvironment() });
    this.#closed = once(this.#child, "close").then(
      () => this.#ended(),
      () => this.#ended(),
    );
    this.#child.stdin?.on("error", () => {});
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (this.#complaint.length < 4096) this.#complaint += text;
    });
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on("line", (line) =>
        this.#settle?.(JSON.parse(line) as WorkerAnswer),
      );
  }

  async run(task: unknown, signal?: AbortSignal): Promise<unknown> {
    clearTimeout(this.#timer);
    const answered = new Promise<WorkerAnswer | undefined>((resolve) => (this.#settle = resolve));
    const kill = () => this.#child.kill("SIGKILL");
    signal?.addEventListener("abort", kill);
    try {
      this.#child.stdin?.write(`${JSON.stringify(task)}\n`);
      if (signal?.aborted === true) kill();
      return await this.#outcome(answered, signal);
    } finally {
      signal?.removeEventListener("abort", kill);
      this.#settle = undefined;
    }
  }

  async #outcome(answered: Promise<WorkerAnswer | undefined>, signal?: AbortSignal): Promise<unknown> {
    const answer = await answered;
    if (signal?.aborted === true) {
      await this.#closed;
      throw new EngineError("cancelled", "context canceled", signal.reason);
    }
    if (answer === undefined)
      throw new EngineError("internal", `the working process died: ${this.#complaint.trim()}`);
    if ("result" in answer) return answer.result;
    const { kind, message, code } = answer.error;
    throw Object.assign(new EngineError(kind, message), code === undefined ? {} : { code });
  }

  /** The end of its input is the end of the child. */
  endAfter(delayMs: number, ended: () => void): void {
    this.#timer = setTimeout(() => {
      this.alive = false;
      this.#child.stdin?.end();
      ended();
    }, delayMs);
    this.#timer.unref();
  }

  #ended(): void {
    this.alive = false;
    this.#settle?.(undefined);
  }
}
