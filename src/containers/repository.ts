import { EngineError } from "../base/errors.ts";
import type { Database } from "../store/db/database.ts";
import type { Link } from "./links/link.ts";
import type { Container } from "./container.ts";

const migrations = [
  `CREATE TABLE containers (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     created_at TEXT NOT NULL,
     document TEXT NOT NULL
   ) STRICT`,
  `CREATE TABLE removals (id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT`,
  `ALTER TABLE removals ADD COLUMN volumes INTEGER NOT NULL DEFAULT 0`,
];

/** A removal that has begun: the container as it was, and whether its anonymous volumes go with it. */
export interface Removal {
  container: Container;
  volumes: boolean;
}

/**
 * The containers of a data root. Reads are answered from memory; every write is on disk before it returns, so that
 * what a reply promises survives any crash. Callers never change a Container they got: they save a new one.
 */
export class ContainerRepository {
  readonly #db: Database;
  readonly #byId = new Map<string, Container>();
  readonly #idByName = new Map<string, string>();

  constructor(db: Database) {
    this.#db = db;
    db.migrate("containers", migrations);
    for (const row of db.all("SELECT document FROM containers ORDER BY created_at")) {
      this.#remember(JSON.parse(String(row.document)) as Container);
    }
  }

  /** Newest first, as `ps` lists them. */
  all(): Container[] {
    return [...this.#byId.values()].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  }

  byId(id: string): Container | undefined {
    return this.#byId.get(id);
  }

  byName(name: string): Container | undefined {
    return this.#byId.get(this.#idByName.get(name) ?? "");
  }

  /** By full id, name (with or without its slash), or unique id prefix: in this order, as Docker looks things up. */
  find(reference: string): Container {
    if (reference === "") throw new EngineError("invalid", "invalid container name or ID: value is empty");
    const found = this.search(reference);
    if (found === undefined) throw new EngineError("not-found", `No such container: ${reference}`);
    return found;
  }

  /**
   * The container that another one's configuration names. A missing one is that request's fault: at "not found" a
   * client would take the image for what is missing, and pull it.
   */
  named(reference: string): Container {
    if (reference === "") throw new EngineError("invalid", 'invalid name or ID supplied: ""');
    const found = this.search(reference);
    if (found === undefined) throw new EngineError("invalid", `No such container: ${reference}`);
    return found;
  }

  /** As `find`, without an error for what is not there. */
  search(reference: string): Container | undefined {
    const name = reference.startsWith("/") ? reference.slice(1) : reference;
    const linked = this.link(reference)?.link.id ?? "";
    const exact = this.#byId.get(reference) ?? this.byName(name) ?? this.#byId.get(linked);
    if (exact !== undefined) return exact;
    const matches = [...this.#byId.values()].filter((container) => container.id.startsWith(reference));
    if (matches.length > 1) {
      throw new EngineError("invalid", `multiple IDs found with provided prefix: ${reference}`);
    }
    return matches[0];
  }

  /** A link by its full name, `LINKER/ALIAS`. */
  link(reference: string): { linker: Container; link: Link } | undefined {
    const [linkerName = "", alias] = reference.replace(/^\//, "").split("/");
    const linker = alias === undefined ? undefined : this.byName(linkerName);
    const link = linker?.links?.find((each) => each.alias === alias);
    return linker === undefined || link === undefined ? undefined : { linker, link };
  }

  insert(container: Container): void {
    const holder = this.byName(container.name);
    if (holder !== undefined) throw nameConflict(container.name, holder.id);
    this.#write(container, () =>
      this.#db.run(
        "INSERT INTO containers VALUES (?, ?, ?, ?)",
        container.id,
        container.name,
        container.createdAt,
        JSON.stringify(container),
      ),
    );
    this.#remember(container);
  }

  /** Replaces what is stored under the container's id, its name included. */
  save(container: Container): Container {
    const holder = this.byName(container.name);
    if (holder !== undefined && holder.id !== container.id) throw nameConflict(container.name, holder.id);
    const before = this.#byId.get(container.id);
    if (before === undefined) throw new EngineError("not-found", `No such container: ${container.id}`);
    this.#write(container, () =>
      this.#db.run(
        "UPDATE containers SET name = ?, document = ? WHERE id = ?",
        container.name,
        JSON.stringify(container),
        container.id,
      ),
    );
    if (before.name !== container.name) this.#idByName.delete(before.name);
    this.#remember(container);
    return container;
  }

  /**
   * The container is gone for everybody and its name is free; what it took is still to be given back, which is
   * remembered until `finishRemoval`, so that a crash in between is finished by the next start.
   */
  beginRemoval({ container, volumes }: Removal): void {
    const { id, name } = container;
    this.#write(container, () => {
      this.#db.run("DELETE FROM containers WHERE id = ?", id);
      this.#db.run(
        "INSERT OR REPLACE INTO removals VALUES (?, ?, ?)",
        id,
        JSON.stringify(container),
        volumes,
      );
    });
    this.#byId.delete(id);
    if (this.#idByName.get(name) === id) this.#idByName.delete(name);
  }

  finishRemoval(id: string): void {
    // Lost in a power cut, it is only done again.
    this.#db.volatileTransaction(() => this.#db.run("DELETE FROM removals WHERE id = ?", id));
  }

  /** Removals that go on, or that a crash interrupted. */
  unfinishedRemovals(): Removal[] {
    return this.#db.all("SELECT document, volumes FROM removals").map(({ document, volumes }) => ({
      container: JSON.parse(String(document)) as Container,
      volumes: volumes === 1,
    }));
  }

  /**
   * On disk before the reply leaves, but for a container that goes with its own end (`--rm`): a power cut ends it, and
   * the next start removes what may still be recorded of it.
   */
  #write(container: Container, body: () => number | void): void {
    if (container.hostConfig.AutoRemove) this.#db.volatileTransaction(body);
    else this.#db.transaction(body);
  }

  #remember(container: Container): void {
    this.#byId.set(container.id, container);
    this.#idByName.set(container.name, container.id);
  }
}

export function nameConflict(name: string, holder: string): EngineError {
  return new EngineError(
    "conflict",
    `Conflict. The container name "/${name}" is already in use by container "${holder}". You have to remove (or rename) that container to be able to reuse that name.`,
  );
}
