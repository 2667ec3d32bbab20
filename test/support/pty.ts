/** A command on a pseudo terminal, driven as a person would: type, wait until something shows. */
export class Pty {
  #seen = "";
  #waiting: (() => void)[] = [];
  readonly #process: Bun.Subprocess;
  readonly #terminal: Bun.Terminal;
  #ended = false;

  constructor(
    command: string[],
    env: Record<string, string | undefined>,
    size: { columns: number; rows: number } = { columns: 80, rows: 24 },
  ) {
    const decoder = new TextDecoder();
    this.#process = Bun.spawn(command, {
      env,
      terminal: {
        cols: size.columns,
        rows: size.rows,
        data: (_terminal, data) => this.#show(decoder.decode(data, { stream: true })),
      },
    });
    if (this.#process.terminal === undefined) throw new Error("no terminal");
    this.#terminal = this.#process.terminal;
    void this.#process.exited.then(() => {
      this.#ended = true;
      return this.#show("");
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Everything shown so far. */
  get seen(): string {
    return this.#seen;
  }

  type(text: string): void {
    this.#terminal.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
  }

  /** Waits until the output since the last `waitFor` holds `wanted`; answers the match and forgets what came before its end. */
  async waitFor(wanted: RegExp | string, timeoutMs = 15_000): Promise<RegExpExecArray> {
    const pattern = typeof wanted === "string" ? new RegExp(RegExp.escape(wanted)) : wanted;
    const end = performance.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this.#seen);
      if (match !== null) {
        this.#seen = this.#seen.slice(match.index + match[0].length);
        return match;
      }
      if (this.#ended) throw new Error(`the command ended before ${pattern} showed:\n${this.#seen}`);
      await this.#change(end - performance.now(), pattern);
    }
  }

  /** Waits for the end; answers the exit code. */
  async exited(timeoutMs = 15_000): Promise<number> {
    const end = performance.now() + timeoutMs;
    while (!this.#ended) await this.#change(end - performance.now(), "the command's end");
    return this.#process.exited;
  }

  close(): void {
    this.#process.kill("SIGKILL");
    this.#terminal.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #show(text: string): void {
    this.#seen += text;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #change(timeoutMs: number, wanted: RegExp | string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    const timer = setTimeout(
      () => reject(new Error(`waited in vain for ${wanted}; on the screen:\n${this.#seen}`)),
      Math.max(0, timeoutMs),
    );
    try {
      await promise;
    } finally {
      clearTimeout(timer);
    }
  }
}
