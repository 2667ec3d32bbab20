import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Log } from "../../base/log.ts";
import { EventLog } from "../../events/event-log.ts";
import { removeNetworkNamespace } from "../../linux/netns.ts";
import { Database } from "../../store/db/database.ts";
import { instanceNames } from "../instance-names.ts";
import { defaultPatienceMs } from "./ask.ts";
import {
  createNetworkService,
  type NetworkService,
  type NetworkServiceOptions,
  type SandboxRequest,
} from "../network-service.ts";

/** An engine's networks in a scratch directory of their own, given back whole by `close`. */
export class TestEngine implements AsyncDisposable {
  readonly directory: string;
  readonly events = new EventLog();
  readonly logged: string[] = [];
  readonly instance: string;
  readonly #children: ChildProcess[] = [];
  readonly #options: Partial<NetworkServiceOptions>;
  #db: Database;
  networks: NetworkService;

  /** `name` tells the engines of one test run apart; the directory's hash keeps those of two checkouts apart. */
  constructor(name: string, options: Partial<NetworkServiceOptions> = {}) {
    this.instance = `${name} ${import.meta.dirname}`;
    this.#options = options;
    this.directory = join(tmpdir(), instanceNames(this.instance).table.replace("_", "-networks-"));
    removeRemains(this.directory);
    mkdirSync(this.execRoot, { recursive: true });
    this.#db = this.#openDatabase();
    this.networks = this.#openService();
  }

  get execRoot(): string {
    return join(this.directory, "exec");
  }

  get databasePath(): string {
    return join(this.directory, "gantry.db");
  }

  /** A new service on the same state, as after a crash: the old one is not told. */
  reopen(): void {
    this.#db[Symbol.dispose]();
    this.#db = this.#openDatabase();
    this.networks = this.#openService();
  }

  /** Starts an echo server in a namespace; resolves when it answers. */
  async serve(namespacePath: string, port: number): Promise<void> {
    const script = join(import.meta.dirname, "echo-server.ts");
    const child = this.#inside(namespacePath, [process.execPath, script, String(port)]);
    await new Promise<void>((resolve, reject) => {
      child.stdout?.once("data", () => resolve());
      child.once("exit", (code) => reject(new Error(`echo server ended: ${code}`)));
    });
  }

  /** What an echo client in that namespace gets to hear. */
  async askFrom(
    namespacePath: string,
    protocol: "tcp" | "udp",
    address: string,
    port: number,
    patienceMs = defaultPatienceMs,
  ): Promise<string> {
    const script = join(import.meta.dirname, "echo-client.ts");
    const question = [protocol, address, String(port), "4", String(patienceMs)];
    return await this.runInside(namespacePath, [process.execPath, script, ...question]);
  }

  /** Standard output of a command run in that namespace. */
  async runInside(namespacePath: string, command: string[]): Promise<string> {
    const child = this.#inside(namespacePath, command);
    const output: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => output.push(chunk));
    await new Promise((resolve) => {
      child.once("close", resolve);
    });
    return Buffer.concat(output).toString().trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#children.filter((child) => child.exitCode === null && child.signalCode === null);
    const ended = running.map(
      (child) =>
        new Promise((resolve) => {
          child.once("exit", resolve);
        }),
    );
    for (const child of running) child.kill("SIGKILL");
    await Promise.all(ended);
    await this.networks.reconcile(new Set());
    await this.networks.close();
    this.#db[Symbol.dispose]();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #inside(namespacePath: string, command: string[]): ChildProcess {
    const child = spawn("nsenter", [`--net=${namespacePath}`, ...command], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#children.push(child);
    return child;
  }

  #openDatabase(): Database {
    return new Database(this.databasePath);
  }

  #openService(): NetworkService {
    return createNetworkService({
      db: this.#db,
      events: this.events,
      log: new Log("debug", (line) => this.logged.push(line)),
      execRoot: this.execRoot,
      instance: this.instance,
      ...this.#options,
    });
  }
}

/** A run that was killed may have left its namespaces mounted. */
function removeRemains(directory: string): void {
  const namespaces = join(directory, "exec", "netns");
  if (existsSync(namespaces)) {
    for (const name of readdirSync(namespaces)) removeNetworkNamespace(join(namespaces, name));
  }
  rmSync(directory, { recursive: true, force: true });
}

/** A container's request; `name` makes its id. */
export function requestFor(name: string, wishes: Partial<SandboxRequest> = {}): SandboxRequest {
  return {
    containerId: Buffer.from(name).toString("hex").padEnd(64, "0"),
    containerName: name,
    networkMode: "bridge",
    endpoints: {},
    ports: {},
    exposed: [],
    sysctls: {},
    ...wishes,
  };
}
