import type { Database } from "../../store/db/database.ts";
import type { Health } from "./health.ts";

const migrations = [`CREATE TABLE container_health (id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT`];

/**
 * Health by container. It ends with the machine's uptime, so no write waits for the disk; and a probe that changed
 * nothing but the log is written with the next that did, or at a clean end.
 */
export class HealthRecords {
  readonly #db: Database;
  readonly #byId = new Map<string, Health>();
  readonly #unwritten = new Set<string>();

  constructor(db: Database) {
    this.#db = db;
    db.migrate("container-health", migrations);
    for (const { id, document } of db.all("SELECT id, document FROM container_health"))
      this.#byId.set(String(id), JSON.parse(String(document)) as Health);
  }

  of(id: string): Health | undefined {
    return this.#byId.get(id);
  }

  save(id: string, health: Health): void {
    const before = this.#byId.get(id);
    this.#byId.set(id, health);
    if (before?.status === health.status && before.failingStreak === health.failingStreak)
      this.#unwritten.add(id);
    else this.#write(id, health);
  }

  forget(id: string): void {
    if (!this.#byId.delete(id)) return;
    this.#unwritten.delete(id);
    this.#db.volatileTransaction(() => this.#db.run("DELETE FROM container_health WHERE id = ?", id));
  }

  /** Forgets all but those: what a crash in the middle of a removal left. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#byId.keys()) if (!ids.has(id)) this.forget(id);
  }

  close(): void {
    for (const id of this.#unwritten) {
      const health = this.#byId.get(id);
      if (health !== undefined) this.#write(id, health);
    }
  }

  #write(id: string, health: Health): void {
    this.#unwritten.delete(id);
    this.#db.volatileTransaction(() =>
      this.#db.run("INSERT OR REPLACE INTO container_health VALUES (?, ?)", id, JSON.stringify(health)),
    );
  }
}
