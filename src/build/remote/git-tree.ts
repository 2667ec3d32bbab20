import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineError, errnoOf } from "../../base/errors.ts";
import { proxyEnvironment } from "../../registry/outgoing-proxies.ts";
import type { GitReference } from "./git-reference.ts";

/** What git may be led to by a repository or its server: the network, and nothing of this machine. */
const protocols = "https:http:git:ssh";

/** The files of a commit as a tar: read from the objects, never checked out. Throws `invalid` with what git says. */
export async function* gitTree(reference: GitReference, signal: AbortSignal): AsyncGenerator<Buffer> {
  const directory = mkdtempSync(join(tmpdir(), "gantry-git-"));
  try {
    const git = new Git(directory, signal);
    await git.run("init", "--quiet", "--bare", ".");
    // The repository's own attributes would leave files out of an archive, or change them.
    mkdirSync(join(directory, "info"), { recursive: true });
    writeFileSync(join(directory, "info", "attributes"), "* -export-ignore -export-subst\n");
    const commit = await fetchCommit(git, reference);
    const tree = reference.directory === undefined ? commit : `${commit}:${reference.directory}`;
    // As a checkout would have them.
    yield* git.output("-c", "tar.umask=0022", "archive", "--format=tar", tree);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The commit's id. One commit is enough, where the server gives it alone. */
async function fetchCommit(git: Git, { url, ref = "HEAD" }: GitReference): Promise<string> {
  try {
    await git.run("fetch", "--quiet", "--depth=1", "--no-tags", "--", url, ref);
    return await git.text("rev-parse", "FETCH_HEAD^{commit}");
  } catch (error) {
    if (error instanceof EngineError && error.kind === "unavailable") throw error;
    git.signal.throwIfAborted();
    await git.run(
      "fetch",
      "--quiet",
      "--tags",
      "--",
      url,
      "+refs/heads/*:refs/heads/*",
      "+HEAD:refs/gantry/HEAD",
    );
    return git.text(
      "rev-parse",
      "--verify",
      "--quiet",
      `${ref === "HEAD" ? "refs/gantry/HEAD" : ref}^{commit}`,
    );
  }
}

class Git {
  readonly signal: AbortSignal;
  readonly #directory: string;

  constructor(directory: string, signal: AbortSignal) {
    this.#directory = directory;
    this.signal = signal;
  }

  async run(...args: string[]): Promise<void> {
    for await (const _ of this.output(...args));
  }

  async text(...args: string[]): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.output(...args)) chunks.push(chunk);
    return Buffer.concat(chunks).toString().trim();
  }

  async *output(...args: string[]): AsyncGenerator<Buffer> {
    const child = spawn("git", args, {
      cwd: this.#directory,
      stdio: ["ignore", "pipe", "pipe"],
      env: this.#environment(),
      signal: this.signal,
      // An abort must not leave a transport of git's behind.
      killSignal: "SIGTERM",
    });
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (more: string) => {
      if (complaint.length < 4096) complaint += more;
    });
    const closed = once(child, "close");
    closed.catch(() => {});
    try {
      for await (const chunk of child.stdout) yield chunk as Buffer;
      await closed;
    } catch (error) {
      this.signal.throwIfAborted();
      if (errnoOf(error) === "ENOENT")
        throw new EngineError("unavailable", "git is not installed on the engine's machine", error);
      throw error;
    } finally {
      if (child.exitCode === null) child.kill();
    }
    if (child.exitCode !== 0)
      throw new EngineError(
        "invalid",
        `git ${args[0]} failed: ${complaint.trim() || `exit code ${child.exitCode}`}`,
      );
  }

  /** No configuration, credentials or prompts of the engine's machine. */
  #environment(): Record<string, string> {
    const { PATH = "/usr/bin:/bin" } = process.env;
    return {
      ...proxyEnvironment(),
      PATH,
      HOME: this.#directory,
      GIT_ALLOW_PROTOCOL: protocols,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_TERMINAL_PROMPT: "0",
      GIT_SSH_COMMAND: "ssh -oBatchMode=yes",
      LC_ALL: "C",
    };
  }
}
