import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type Result, type RunOptions, type Running, run, spawn } from "./command.ts";
import { cacheDirectory } from "./paths.ts";
import { Pty } from "./pty.ts";

/**
 * One way to speak to one engine by a command line. Scenarios are written against this, so that the same text runs
 * with our command, with the real docker client on our engine, and with that client on a real dockerd.
 */
export class Driver {
  readonly name: string;
  /** Whose engine it is: a few messages differ on purpose. */
  readonly engine: "gantry" | "dockerd";
  readonly #host: string | (() => string);
  readonly #command: string[];
  readonly #env: Record<string, string>;
  /** Before every name a scenario makes, so that runs side by side do not meet. */
  readonly prefix = `gt-${randomBytes(3).toString("hex")}-`;

  constructor(
    name: string,
    engine: Driver["engine"],
    host: string | (() => string),
    command: string[],
    env: Record<string, string> = {},
  ) {
    this.name = name;
    this.engine = engine;
    this.#host = host;
    this.#command = command;
    // What the command remembers of contexts stays within the checkout.
    this.#env = { DOCKER_CLI_HINTS: "false", XDG_CACHE_HOME: join(cacheDirectory, "user"), ...env };
  }

  get host(): string {
    return typeof this.#host === "string" ? this.#host : this.#host();
  }

  get isGantryCommand(): boolean {
    return this.#command[0]?.endsWith("gantry") ?? false;
  }

  /** A name of this run's own. */
  own(name: string): string {
    return `${this.prefix}${name}`;
  }

  /** Runs a command line to its end. */
  run(args: string[], options: RunOptions = {}): Promise<Result> {
    return run([...this.#command, ...args], this.#with(options));
  }

  /** A command line that must succeed; answers its output without the last line break. */
  async ok(...args: string[]): Promise<string> {
    const result = await this.run(args);
    if (result.code !== 0) {
      throw new Error(
        `${this.name} ${args.join(" ")} ended with ${result.code}\n${result.stdout}${result.stderr}`,
      );
    }
    return result.stdout.replace(/\n$/, "");
  }

  /** A command line that must fail; answers its code and everything it said. */
  async fails(...args: string[]): Promise<{ code: number; text: string }> {
    const result = await this.run(args);
    if (result.code === 0) throw new Error(`${this.name} ${args.join(" ")} succeeded\n${result.stdout}`);
    return { code: result.code, text: result.stdout + result.stderr };
  }

  spawn(args: string[], options: RunOptions = {}): Running {
    return spawn([...this.#command, ...args], this.#with(options));
  }

  /** The command on a terminal of its own. */
  terminal(args: string[], size?: { columns: number; rows: number }): Pty {
    return new Pty(
      [...this.#command, ...args],
      { ...process.env, ...this.#env, DOCKER_HOST: this.host, TERM: "xterm" },
      size,
    );
  }

  /** Ids or names of this run's containers, in any state. */
  async containers(): Promise<string[]> {
    const names = await this.ok("ps", "-a", "--format", "{{.Names}}", "--filter", `name=${this.prefix}`);
    return names.split("\n").filter((name) => name !== "");
  }

  /** Removes what this run made under its own names. */
  async clean(): Promise<void> {
    const names = await this.containers();
    if (names.length > 0) await this.ok("rm", "-f", "-v", ...names);
    const listed = await this.run(["volume", "ls", "-q", "--filter", `name=${this.prefix}`]);
    const volumes = listed.stdout.split("\n").filter((name) => name !== "");
    if (volumes.length > 0) await this.ok("volume", "rm", "-f", ...volumes);
  }

  #with(options: RunOptions): RunOptions {
    return { ...options, env: { ...this.#env, DOCKER_HOST: this.host, ...options.env } };
  }
}
