import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Result, run } from "../support/command.ts";
import { Driver } from "../support/driver.ts";
import { busyboxImage, ensureBusybox } from "../support/images.ts";
import { jsonLines, normalise } from "../support/normalise.ts";
import type { ParityCase } from "./case.ts";

/** Where a dockerd keeps what shows in answers. */
export const dockerdPlaces: [string, string][] = [
  ["/var/lib/docker/", "<data>/"],
  ["/var/run/docker/", "<run>/"],
  ["/docker/<id>", "<cgroup>/<id>"],
  ["/docker/ID", "<cgroup>/ID"],
];

/** One engine, asked by one command; its answers are made comparable with another one's. */
export class Asker {
  readonly #driver: Driver;
  readonly #command: string;
  readonly #config: string | undefined;
  readonly #prefix = `gt-${randomBytes(3).toString("hex")}`;
  // The peer lives in a mount namespace of its own, with the machine's /dev.
  readonly #directory = `/dev/shm/${this.#prefix}`;
  readonly #places: [string, string][];
  #count = 0;

  /** `command` speaks for `docker`, whatever its name is. `places` are the engine's own and shown by a word. */
  constructor(
    engine: "gantry" | "dockerd",
    host: string,
    { command, config }: { command: string; config?: string },
    places: [place: string, word: string][],
  ) {
    this.#places = places;
    this.#command = command;
    this.#config = config;
    this.#driver = new Driver(
      engine,
      engine,
      host,
      [command],
      config === undefined ? {} : { DOCKER_CONFIG: config },
    );
  }

  async prepare(): Promise<void> {
    mkdirSync(join(this.#directory, "bin"), { recursive: true });
    symlinkSync(this.#command, join(this.#directory, "bin", "docker"));
    await ensureBusybox(this.#driver);
  }

  /** The engine's answer: exit code, output, errors. What differs from one run to the next is replaced by a word. */
  async ask(question: ParityCase): Promise<string> {
    const name = `${this.#prefix}-${String(this.#count++).padStart(3, "0")}`;
    const directory = join(this.#directory, name);
    mkdirSync(directory);
    const socket = this.#driver.host.replace("unix://", "");
    // With all it started, should it hang.
    const result = await run(["timeout", "-s", "KILL", "50", "sh", "-c", prelude + question.script], {
      env: this.#environment(name, directory, socket),
      cwd: directory,
    });
    return comparable(question, result, [
      [directory, "<dir>"],
      [this.#driver.host, "<host>"],
      [socket, "<socket>"],
      [name, "<name>"],
      ...this.#places,
    ]);
  }

  /** Removes everything under the names of this run's cases. */
  async clean(): Promise<void> {
    const named = `name=${this.#prefix}`;
    await this.#remove(["ps", "-aq", "--filter", named], ["rm", "-f", "-v"]);
    await this.#remove(["volume", "ls", "-q", "--filter", named], ["volume", "rm", "-f"]);
    await this.#remove(["network", "ls", "-q", "--filter", named], ["network", "rm", "-f"]);
    await this.#remove(["images", "-q", "--filter", `reference=${this.#prefix}*`], ["rmi", "-f"]);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #environment(name: string, directory: string, socket: string): Record<string, string> {
    return {
      PATH: `${join(this.#directory, "bin")}:${process.env.PATH}`,
      DOCKER_CONFIG: this.#config ?? dirname(directory),
      DOCKER_CLI_HINTS: "false",
      DOCKER_HOST: this.#driver.host,
      SOCKET: socket,
      IMAGE: busyboxImage,
      N: name,
      DIR: directory,
    };
  }

  async #remove(list: string[], remove: string[]): Promise<void> {
    const found = (await this.#driver.ok(...list)).split("\n").filter((line) => line !== "");
    if (found.length > 0) await this.#driver.run([...remove, ...new Set(found)]);
  }
}

const prelude = `
docker() {
  command docker "$@" && return
  local code=$?; echo "=> $code" >&2; return $code
}
api() {
  curl -s -o - -w '\\n%{http_code}\\n' --unix-socket "$SOCKET" -X "$1" \${3:+-H Content-Type:application/json -d "$3"} "http://d\${V-/v1.51}$2"
}
`;

function comparable(question: ParityCase, result: Result, names: [string, string][]): string {
  const stdout = question.json === undefined ? result.stdout : jsonLines(result.stdout, question.json);
  let text = `exit ${result.code}\n${stdout}${result.stderr === "" ? "" : `\nstderr:\n${result.stderr}`}`;
  for (const [from, to] of names) text = text.replaceAll(from, to);
  return moments.reduce((changed, [pattern, word]) => changed.replace(pattern, word), normalise(text));
}

/** What else differs between two runs on one engine. */
const moments: [RegExp, string][] = [
  [/\b[A-Z][a-z]{2} [ \d]\d \d\d:\d\d\b/g, "<date>"],
  [/\b(pipe|socket):\[\d+\]/g, "$1:[n]"],
  [/fd\/\d+, flags/g, "fd/n, flags"],
  [/HostPort: "\d{5}"/g, 'HostPort: "n"'],
  [/\.Pid: [1-9]\d*/g, ".Pid: n"],
  // Where each engine keeps its layers.
  [/^(\[\d\]\.GraphDriver\.Data\.\w+): .*$/gm, '$1: "<layer>"'],
];
