import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { type Result, run } from "./command.ts";
import { Driver } from "./driver.ts";
import { dockerClient } from "./drivers.ts";
import { busyboxImage, ensureBusybox } from "./images.ts";
import { jsonLines, normalise } from "./normalise.ts";

/**
 * One question asked of both engines by the real docker client; exit code, output and errors must be the same.
 *
 * `script` is shell text. It may use `docker` (says each code that is not 0), `api METHOD PATH [JSON]` (prints status and body), `$IMAGE`, `$N` (a
 * name of the case's own: prefix of all it makes), and `$DIR` (a directory that both engines see at that path).
 */
export interface ParityCase {
  title: string;
  script: string;
  /** Compare the output as JSON documents: a line for each value, in the order of their paths. */
  json?: boolean;
  /** Where ours differs on purpose. */
  allowed?: { reason: string; overlook: RegExp[] };
}

export const same = (title: string, script: string): ParityCase => ({ title, script });

/** The same but for what matches `overlook`, because of `reason`. */
export const differs = (
  title: string,
  script: string,
  reason: string,
  ...overlook: RegExp[]
): ParityCase => ({
  title,
  script,
  allowed: { reason, overlook },
});

/** The same JSON. In `overlook` patterns are tried on lines like `[0].State.Pid: 12`. */
export const sameJson = (title: string, script: string, reason = "", ...overlook: RegExp[]): ParityCase => ({
  title,
  script,
  json: true,
  ...(reason !== "" && { allowed: { reason, overlook } }),
});

/** Two engines and the place both see, for one run of the tables. */
export class Parity {
  readonly #ours: Driver;
  readonly #peer: Driver;
  readonly #client: { command: string; config: string };
  readonly #prefix = `gt-${randomBytes(3).toString("hex")}`;
  readonly #directory: string;
  #count = 0;

  constructor(ourHost: string, peerHost: string) {
    const client = dockerClient();
    if (client === undefined) throw new Error("no docker client");
    this.#client = client;
    const env = { DOCKER_CONFIG: client.config };
    this.#ours = new Driver("ours", "gantry", ourHost, [client.command], env);
    this.#peer = new Driver("dockerd", "dockerd", peerHost, [client.command], env);
    // The peer lives in a mount namespace of its own, with the machine's /dev.
    this.#directory = `/dev/shm/${this.#prefix}`;
  }

  async prepare(): Promise<void> {
    await Promise.all([ensureBusybox(this.#ours), ensureBusybox(this.#peer)]);
  }

  /** Both engines' answers, made comparable. */
  async ask(question: ParityCase): Promise<{ ours: string; theirs: string }> {
    const name = `${this.#prefix}-${this.#count++}`;
    const [ours, theirs] = await Promise.all([
      this.#run(question, name, this.#ours, "ours"),
      this.#run(question, name, this.#peer, "theirs"),
    ]);
    return { ours, theirs };
  }

  async clean(): Promise<void> {
    await Promise.all([this.#cleanEngine(this.#ours), this.#cleanEngine(this.#peer)]);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #run(question: ParityCase, name: string, driver: Driver, side: string): Promise<string> {
    // Of equal length on both sides, as the length shows in tables.
    const directory = `${this.#directory}/${side === "ours" ? "a" : "b"}/${name}`;
    mkdirSync(directory, { recursive: true });
    const socket = driver.host.replace("unix://", "");
    const result = await run(["sh", "-c", prelude + question.script], {
      env: {
        PATH: `${dirname(this.#client.command)}:${process.env.PATH}`,
        DOCKER_CONFIG: this.#client.config,
        DOCKER_CLI_HINTS: "false",
        DOCKER_HOST: driver.host,
        SOCKET: socket,
        IMAGE: busyboxImage,
        N: name,
        DIR: directory,
      },
      cwd: directory,
    });
    return comparable(question, result, [
      [directory, "<dir>"],
      [driver.host, "<host>"],
      [socket, "<socket>"],
      [name, "<name>"],
    ]);
  }

  async #cleanEngine(driver: Driver): Promise<void> {
    const lines = async (...args: string[]) =>
      (await driver.ok(...args)).split("\n").filter((line) => line !== "");
    const containers = await lines("ps", "-aq", "--filter", `name=${this.#prefix}`);
    if (containers.length > 0) await driver.ok("rm", "-f", "-v", ...containers);
    const volumes = await lines("volume", "ls", "-q", "--filter", `name=${this.#prefix}`);
    if (volumes.length > 0) await driver.ok("volume", "rm", "-f", ...volumes);
  }
}

const prelude = `
docker() {
  command docker "$@" && return
  local code=$?; echo "=> $code" >&2; return $code
}
api() {
  curl -s -o - -w '\\n%{http_code}\\n' --unix-socket "$SOCKET" -X "$1" \${3:+-H Content-Type:application/json -d "$3"} "http://d/v1.51$2"
}
`;

function comparable(question: ParityCase, result: Result, names: [string, string][]): string {
  const stdout = question.json === true ? jsonLines(result.stdout) : result.stdout;
  let text = `exit ${result.code}\n${stdout}${result.stderr === "" ? "" : `\nstderr:\n${result.stderr}`}`;
  for (const [from, to] of names) text = text.replaceAll(from, to);
  text = normalise(text);
  for (const pattern of question.allowed?.overlook ?? []) text = text.replace(pattern, "<allowed>");
  return text;
}
