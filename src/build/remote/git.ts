import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { EngineError, errnoOf } from "../../base/errors.ts";
import { proxyEnvironment } from "../../registry/outgoing-proxies.ts";

/** What git may be led to by a repository or its server: the network, and nothing of this machine (CVE-2022-39253). */
const protocols = "https:http:git:ssh";

/** How a fetch is let in, beyond what everybody may. */
export interface GitAccess {
  /** The socket of an ssh agent. */
  agent?: string;
  /** The value of the Authorization header for a repository over HTTP. */
  authorization?: (url: string) => string | undefined;
}

/** Runs git in a repository of its own, without configuration, hooks, credentials or prompts of this machine. */
export class Git {
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly access: GitAccess;

  /** `directory` is the repository itself: what else calls `.git`. */
  constructor(directory: string, { signal, access }: { signal: AbortSignal; access: GitAccess }) {
    this.directory = directory;
    this.signal = signal;
    this.access = access;
  }

  async run(...args: string[]): Promise<void> {
    for await (const _ of this.output(...args));
  }

  async text(...args: string[]): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.output(...args)) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  /** Talks to another machine; the header that lets it in stands in no command line. */
  async remote(url: string, ...args: string[]): Promise<string> {
    const value = /^https?:/.test(url) ? this.access.authorization?.(url) : undefined;
    const chunks: Buffer[] = [];
    for await (const chunk of this.#spawn(args, value === undefined ? {} : header(url, value)))
      chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  output(...args: string[]): AsyncGenerator<Buffer> {
    return this.#spawn(args, {});
  }

  async *#spawn(args: readonly string[], more: Record<string, string>): AsyncGenerator<Buffer> {
    const child = spawn("git", args, {
      cwd: this.directory,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...this.#environment(), ...more },
      signal: this.signal,
      // An abort must not leave a transport of git's behind.
      killSignal: "SIGTERM",
    });
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (complaint.length < 4096) complaint += text;
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
        `git ${commandOf(args)} failed: ${withoutPasswords(complaint.trim()) || `exit code ${child.exitCode}`}`,
      );
  }

  #environment(): Record<string, string> {
    const { PATH = "/usr/bin:/bin" } = process.env;
    const hosts = join(this.directory, "known_hosts");
    return {
      ...proxyEnvironment(),
      PATH,
      HOME: this.directory,
      GIT_DIR: this.directory,
      GIT_ALLOW_PROTOCOL: protocols,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_TERMINAL_PROMPT: "0",
      // As BuildKit: a host is believed when it is met, since nobody could be asked.
      GIT_SSH_COMMAND: `ssh -F none -oBatchMode=yes -oStrictHostKeyChecking=accept-new -oUserKnownHostsFile=${hosts}`,
      ...(this.access.agent !== undefined && { SSH_AUTH_SOCK: this.access.agent }),
      LC_ALL: "C",
    };
  }
}

function header(url: string, value: string): Record<string, string> {
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${url}.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: ${value}`,
  };
}

/** `archive`, behind settings. */
function commandOf(args: readonly string[]): string {
  return args.find((arg) => /^[a-z-]+$/.test(arg) && !arg.startsWith("-")) ?? "";
}

/** A URL may hold one. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(/(:\/\/[^/\s:@']*):[^/\s@']*@/g, "$1:xxxxx@");
}
