// The stored contexts and the default one, which exists only in memory: the host of the command line or environment.
import { messageOf } from "../../base/errors.ts";
import { parseHost } from "../../client/endpoint.ts";
import { CommandError, type CommandContext } from "../command.ts";
import { configDirectory } from "../config-file.ts";
import { currentContext, defaultContext, defaultHost } from "../target.ts";
import { type ContextMeta, ContextStore, type TlsMaterial } from "./store.ts";

export const defaultDescription = "Current DOCKER_HOST based configuration";
export const inMemory = "<IN MEMORY>";

type Source = Pick<CommandContext, "config" | "globals" | "terminal">;

export class Contexts {
  readonly store: ContextStore;
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
    this.store = new ContextStore(this.#directory());
  }

  #directory(): string {
    return configDirectory(this.#source.globals.string("config"), this.#source.terminal.env);
  }

  current(): string {
    const { config, globals, terminal } = this.#source;
    return currentContext({
      globals,
      env: terminal.env,
      config: config(),
      configDirectory: this.#directory(),
    });
  }

  /** Throws when there is no such context. */
  get(name: string): ContextMeta {
    return name === defaultContext ? this.#default() : this.store.get(name);
  }

  tls(name: string): TlsMaterial {
    return name === defaultContext ? {} : this.store.tls(name);
  }

  list(): ContextMeta[] {
    return [...this.store.list(), this.#default()];
  }

  #default(): ContextMeta {
    const { globals, terminal } = this.#source;
    const host = globals.list("host").at(-1) || terminal.env.DOCKER_HOST || defaultHost;
    const tls = globals.has("tlsverify") || globals.bool("tls") || Boolean(terminal.env.DOCKER_TLS_VERIFY);
    return {
      Name: defaultContext,
      Metadata: {},
      Endpoints: { docker: { Host: withPort(host, tls), SkipTLSVerify: false } },
    };
  }
}

/** A tcp host with the port it stands for. */
function withPort(host: string, tls: boolean): string {
  try {
    const endpoint = parseHost(host, tls);
    if (endpoint.kind !== "tcp") return host;
    return `tcp://${endpoint.hostname}:${endpoint.port}${endpoint.basePath}`;
  } catch (error) {
    throw new CommandError(messageOf(error));
  }
}
