import { Database as Sqlite, type SQLQueryBindings } from "bun:sqlite";
import { diskFull, isDiskFull } from "../../base/disk-full.ts";
import { DiskReserve } from "./disk-reserve.ts";

export type Row = Record<string, string | number | bigint | Uint8Array | null>;
export type Value = string | number | bigint | boolean | Uint8Array | null;

/**
 * The engine's one SQLite file. FULL synchronous: what a reply promises has reached the disk. One handle for the
 * whole daemon; bodies of `transaction` are synchronous (an async body would commit before it fails).
 */
export class Database implements Disposable {
  readonly #sqlite: Sqlite;
  readonly #reserve: DiskReserve;

  constructor(path: string) {
    this.#reserve = new DiskReserve(`${path}.reserve`);
    this.#sqlite = new Sqlite(path, { create: true, strict: true });
    this.#sqlite.run("PRAGMA journal_mode = WAL");
    this.#sqlite.run("PRAGMA synchronous = FULL");
    this.#sqlite.run("PRAGMA busy_timeout = 5000");
    this.#sqlite.run("PRAGMA foreign_keys = ON");
    this.#sqlite.run(
      "CREATE TABLE IF NOT EXISTS migrations (room TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT",
    );
  }

  /**
   * Brings the tables of one room to their newest form. `steps` only ever grows at its end: step n runs once in
   * the life of a data root.
   */
  migrate(room: string, steps: string[]): void {
    this.transaction(() => {
      const done = Number(this.get("SELECT version FROM migrations WHERE room = ?", room)?.version ?? 0);
      if (done > steps.length) {
        throw new Error(`the data root was written by a newer Gantry (${room} ${done} > ${steps.length})`);
      }
      for (const step of steps.slice(done)) this.#sqlite.exec(step);
      this.run("INSERT OR REPLACE INTO migrations VALUES (?, ?)", room, steps.length);
    });
  }

  /** Runs a statement; answers how many rows it changed. */
  run(sql: string, ...values: Value[]): number {
    return this.#writing(() => this.#sqlite.query(sql).run(...(values as SQLQueryBindings[])).changes);
  }

  get(sql: string, ...values: Value[]): Row | undefined {
    return (this.#sqlite.query(sql).get(...(values as SQLQueryBindings[])) as Row | null) ?? undefined;
  }

  all(sql: string, ...values: Value[]): Row[] {
    return this.#sqlite.query(sql).all(...(values as SQLQueryBindings[])) as Row[];
  }

  /** All of `body` or nothing of it. `body` must not be async. On a full disk it runs a second time. */
  transaction<T>(body: () => T extends Promise<unknown> ? never : T): T {
    return this.#writing(() => this.#sqlite.transaction(body)());
  }

  /** Tries once more, with the reserved space given up, what a full disk has undone. */
  #writing<T>(write: () => T): T {
    if (this.#sqlite.inTransaction) return write();
    try {
      return write();
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      if (!this.#reserve.release()) throw diskFull(error);
      return this.#again(write);
    }
  }

  #again<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      throw isDiskFull(error) ? diskFull(error) : error;
    }
  }

  /** Takes the reserved space again once there is enough. For now and then. */
  restoreReserve(): void {
    this.#reserve.restore();
  }

  /**
   * The same for state that ends with the machine's uptime, like what is set up in the kernel: it outlives this
   * process's death, but not a power cut, and so saves the wait for the disk (milliseconds on a busy one). Within
   * another transaction it is part of that one.
   */
  volatileTransaction<T>(body: () => T extends Promise<unknown> ? never : T): T {
    if (this.#sqlite.inTransaction) return this.transaction(body);
    this.#sqlite.run("PRAGMA synchronous = NORMAL");
    try {
      return this.transaction(body);
    } finally {
      this.#sqlite.run("PRAGMA synchronous = FULL");
    }
  }

  [Symbol.dispose](): void {
    this.#sqlite.close();
  }
}
