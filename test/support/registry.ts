import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, must } from "./command.ts";
import { runPrefix } from "./paths.ts";
import { TokenService } from "./token-service.ts";

/** Distributions call it by either name. */
const program = Bun.which("docker-registry") ?? Bun.which("registry");

/** Why scenarios with a registry cannot run here; undefined where they can. */
export const noRegistry =
  program === null
    ? "skipped: no docker-registry here (scripts/setup --test installs it where there is a package)"
    : undefined;

export const noSkopeo = Bun.which("skopeo") === null ? "skipped: no skopeo here" : undefined;

/** How a registry lets people in. */
export type RegistryForm = "plain" | "tls-password" | "tls-token";

export const account = { username: "alice", password: "correct horse" };

/** A real registry of the test's own, on a port of 127.0.0.1. */
export class TestRegistry {
  readonly directory: string;
  readonly port: number;
  readonly #form: RegistryForm;
  readonly #tokens: TokenService | undefined;
  #process: Bun.Subprocess | undefined;

  private constructor(form: RegistryForm, port: number, directory: string, tokens: TokenService | undefined) {
    this.#form = form;
    this.port = port;
    this.directory = directory;
    this.#tokens = tokens;
  }

  /** `names` are those of its certificate, beside the address of this machine. */
  static async start(form: RegistryForm = "plain", names: string[] = []): Promise<TestRegistry> {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), `${runPrefix}registry-`)));
    mkdirSync(join(directory, "data"));
    const port = await freePort();
    if (form !== "plain") await makeCertificate(directory, names);
    const tokens = form === "tls-token" ? await TokenService.start(directory, account) : undefined;
    const registry = new TestRegistry(form, port, directory, tokens);
    await registry.#configure();
    await registry.start();
    return registry;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** What the token service was asked. */
  get tokenRequests(): readonly string[] {
    return this.#tokens?.requests ?? [];
  }

  get tokens(): TokenService | undefined {
    return this.#tokens;
  }

  async start(): Promise<void> {
    this.#process = Bun.spawn([program ?? "", "serve", join(this.directory, "config.yml")], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: Bun.file(join(this.directory, "log")),
      // Signals to the test's process group are not for it.
      detached: true,
    });
    const scheme = this.#form === "plain" ? "http" : "https";
    await eventually("the registry answers", async () => {
      const url = `${scheme}://${this.host}/v2/`;
      const answer = await fetch(url, { tls: { rejectUnauthorized: false } }).catch(() => undefined);
      return answer !== undefined && (answer.ok || answer.status === 401);
    });
  }

  /** Ends it at once; what it has stays for the next start. */
  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
  }

  async dispose(): Promise<void> {
    await this.kill();
    this.#tokens?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #configure(): Promise<void> {
    const config = {
      version: 0.1,
      log: { level: "error", accesslog: { disabled: true } },
      storage: {
        filesystem: { rootdirectory: join(this.directory, "data"), maxthreads: 100 },
        delete: { enabled: true },
        maintenance: { uploadpurging: { enabled: false } },
      },
      // Layers that stand elsewhere are refused by default.
      validation: { manifests: { urls: { allow: ["^http://127[.]0[.]0[.]1:", "^file:"] } } },
      http: {
        addr: this.host,
        ...(this.#form !== "plain" && {
          tls: { certificate: join(this.directory, "tls.crt"), key: join(this.directory, "tls.key") },
        }),
      },
      ...(this.#form === "tls-password" && {
        auth: { htpasswd: { realm: "test", path: join(this.directory, "htpasswd") } },
      }),
      ...(this.#tokens !== undefined && { auth: { token: this.#tokens.registrySettings } }),
    };
    // JSON is YAML.
    writeFileSync(join(this.directory, "config.yml"), JSON.stringify(config));
    const hash = await Bun.password.hash(account.password, { algorithm: "bcrypt", cost: 4 });
    writeFileSync(join(this.directory, "htpasswd"), `${account.username}:${hash}\n`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Signed by itself: it is the authority, too. Also what the token service signs with. */
export async function makeCertificate(directory: string, names: string[] = []): Promise<void> {
  const request = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
  ];
  const alternatives = ["IP:127.0.0.1", ...["localhost", ...names].map((name) => `DNS:${name}`)];
  const subject = ["-subj", "/CN=gantry test", "-addext", `subjectAltName=${alternatives.join(",")}`];
  const files = ["-keyout", join(directory, "tls.key"), "-out", join(directory, "tls.crt")];
  await must(["openssl", ...request, ...subject, ...files]);
}
