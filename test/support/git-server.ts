import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";

const backend = "/usr/lib/git-core/git-http-backend";

/** Why scenarios with a server of git's cannot run here; undefined where they can. */
export const noGitServer = existsSync(backend) ? undefined : "skipped: no git http-backend here (git)";

/** git's own server program behind HTTP, for the bare repositories of a directory. */
export class GitServer {
  readonly directory: string;
  /** What the Authorization header of the last request was. */
  authorization: string | undefined;
  /** Refuses who does not send this. */
  wants: string | undefined;
  readonly #server: Server;

  private constructor(directory: string) {
    this.directory = directory;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(directory: string): Promise<GitServer> {
    const server = new GitServer(directory);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Runs git in a repository that is worked in; answers what it prints. */
  git(place: string, ...args: string[]): string {
    const identity = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "protocol.file.allow=always"];
    const options = { cwd: join(this.directory, place), stdio: "pipe", env: environment } as const;
    return execFileSync("git", [...identity, ...args], options)
      .toString()
      .trim();
  }

  /** Commits these files to `NAME`, which is served as `NAME.git`. */
  commit(name: string, files: Record<string, string>, ...before: string[][]): string {
    const work = join(this.directory, name);
    const isNew = !existsSync(work);
    mkdirSync(work, { recursive: true });
    if (isNew) this.git(name, "init", "--quiet", "--initial-branch=main");
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(work, path)), { recursive: true });
      writeFileSync(join(work, path), content);
    }
    this.git(name, "add", ".");
    for (const args of before) this.git(name, ...args);
    this.git(name, "commit", "--quiet", "--allow-empty", "-m", "a commit");
    return this.git(name, "rev-parse", "HEAD");
  }

  /** What was committed and tagged is there for others from now on. */
  publish(name: string): void {
    const bare = `${name}.git`;
    if (!existsSync(join(this.directory, bare)))
      this.git(".", "init", "--quiet", "--bare", "--initial-branch=main", bare);
    this.git(name, "push", "--quiet", "--mirror", join(this.directory, bare));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.authorization = request.headers.authorization;
    if (this.wants !== undefined && this.authorization !== this.wants) {
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"' }).end();
      return;
    }
    const url = new URL(request.url ?? "", "http://localhost");
    const child = spawn(backend, {
      env: {
        ...environment,
        GIT_PROJECT_ROOT: this.directory,
        GIT_HTTP_EXPORT_ALL: "1",
        REQUEST_METHOD: request.method ?? "GET",
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
        GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      },
      stdio: ["pipe", "pipe", "ignore"],
    });
    request.pipe(child.stdin);
    child.stdin.on("error", () => {});
    const chunks: Buffer[] = [];
    for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
    const output = Buffer.concat(chunks);
    const end = output.indexOf("\r\n\r\n");
    const headers = output
      .subarray(0, end)
      .toString()
      .split("\r\n")
      .map((line) => line.split(/: (.*)/s, 2));
    const { Status: status = "200", ...rest } = Object.fromEntries(headers) as Record<string, string>;
    response.writeHead(Number.parseInt(status, 10), rest).end(output.subarray(end + 4));
  }
}

const environment = {
  PATH: process.env.PATH ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  LC_ALL: "C",
};
