// Contexts on disk, as docker keeps them: `contexts/meta/<sha256 of the name>/meta.json` and
// `contexts/tls/<the same>/<endpoint>/<file>` below the configuration directory.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../base/errors.ts";
import { CommandError } from "../command.ts";

export interface ContextEndpoint {
  Host?: string;
  SkipTLSVerify?: boolean;
}

export interface ContextMeta {
  Name: string;
  Metadata: { Description?: string } & Record<string, unknown>;
  Endpoints: Record<string, ContextEndpoint>;
}

/** TLS files by endpoint and name. */
export type TlsMaterial = Record<string, Record<string, Buffer>>;

const namePattern = "^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$";

export class ContextStore {
  readonly #directory: string;

  constructor(configDirectory: string) {
    this.#directory = join(configDirectory, "contexts");
  }

  metaPath(name: string): string {
    return join(this.#directory, "meta", idOf(name));
  }

  tlsPath(name: string): string {
    return join(this.#directory, "tls", idOf(name));
  }

  has(name: string): boolean {
    return existsSync(this.metaPath(name));
  }

  list(): ContextMeta[] {
    return entries(join(this.#directory, "meta"))
      .map((id) => join(this.#directory, "meta", id, "meta.json"))
      .filter((path) => existsSync(path))
      .map(readMeta);
  }

  /** Throws docker's words when there is none. */
  get(name: string): ContextMeta {
    const path = join(this.metaPath(name), "meta.json");
    try {
      return readMeta(path);
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
      throw new CommandError(
        `context ${JSON.stringify(name)}: context not found: open ${path}: no such file or directory`,
      );
    }
  }

  put(meta: ContextMeta): void {
    const directory = this.metaPath(meta.Name);
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    replaceFile(join(directory, "meta.json"), JSON.stringify(ordered(meta)), 0o644);
  }

  remove(name: string): void {
    rmSync(this.metaPath(name), { recursive: true, force: true });
    rmSync(this.tlsPath(name), { recursive: true, force: true });
  }

  /** Names of TLS files by endpoint. */
  tlsFiles(name: string): Record<string, string[]> {
    const directory = this.tlsPath(name);
    return Object.fromEntries(
      entries(directory).map((endpoint) => [endpoint, entries(join(directory, endpoint))]),
    );
  }

  tls(name: string): TlsMaterial {
    const read = ([endpoint, files]: [string, string[]]): [string, Record<string, Buffer>] => [
      endpoint,
      Object.fromEntries(files.map((file) => [file, readFileSync(join(this.tlsPath(name), endpoint, file))])),
    ];
    return Object.fromEntries(Object.entries(this.tlsFiles(name)).map(read));
  }

  /** Replaces all TLS files. */
  putTls(name: string, material: TlsMaterial): void {
    rmSync(this.tlsPath(name), { recursive: true, force: true });
    for (const [endpoint, files] of Object.entries(material)) this.putEndpointTls(name, endpoint, files);
  }

  /** Replaces the TLS files of one endpoint. */
  putEndpointTls(name: string, endpoint: string, files: Record<string, Buffer>): void {
    const directory = join(this.tlsPath(name), endpoint);
    rmSync(directory, { recursive: true, force: true });
    if (Object.keys(files).length === 0) return;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const [file, data] of Object.entries(files)) replaceFile(join(directory, file), data, 0o600);
  }
}

/** Throws docker's words for a name no context may have. */
export function checkContextName(name: string): void {
  if (name === "") throw new CommandError("context name cannot be empty");
  if (name === "default") throw new CommandError('"default" is a reserved context name');
  if (!new RegExp(namePattern).test(name))
    throw new CommandError(
      `context name ${JSON.stringify(name)} is invalid, names are validated against regexp "${namePattern}"`,
    );
}

function idOf(name: string): string {
  return createHash("sha256").update(name).digest("hex");
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

function readMeta(path: string): ContextMeta {
  return ordered(JSON.parse(readFileSync(path, "utf8")) as Partial<ContextMeta>);
}

/** The members in docker's order, none missing. */
export function ordered({ Name = "", Metadata, Endpoints }: Partial<ContextMeta>): ContextMeta {
  const endpoints = Object.entries(Endpoints ?? {}).map(
    ([name, { Host, SkipTLSVerify = false }]): [string, ContextEndpoint] => [
      name,
      { ...(Host && { Host }), SkipTLSVerify },
    ],
  );
  const { Description, ...others } = Metadata ?? {};
  return {
    Name,
    Metadata: { ...(Description && { Description }), ...others },
    Endpoints: Object.fromEntries(endpoints),
  };
}

function replaceFile(path: string, data: string | Buffer, mode: number): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, data, { mode });
  renameSync(temporary, path);
}
