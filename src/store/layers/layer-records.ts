import { EngineError } from "../../base/errors.ts";
import type { Database, Row } from "../db/database.ts";
import type { Digest } from "../../spec/digest.ts";
import type { ChainId, Layer } from "./layer-store.ts";

const steps = [
  `CREATE TABLE layers (
     chain_id TEXT PRIMARY KEY,
     parent TEXT REFERENCES layers (chain_id),
     diff_id TEXT NOT NULL,
     directory TEXT NOT NULL UNIQUE,
     size_bytes INTEGER NOT NULL,
     tar_bytes INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX layers_by_parent ON layers (parent);
   CREATE TABLE layer_users (
     chain_id TEXT NOT NULL REFERENCES layers (chain_id),
     user TEXT NOT NULL,
     PRIMARY KEY (chain_id, user)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE writable_layers (
     id TEXT PRIMARY KEY,
     parent TEXT REFERENCES layers (chain_id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX writable_layers_by_parent ON writable_layers (parent);`,
  `ALTER TABLE layers ADD COLUMN blob_digest TEXT;
   ALTER TABLE layers ADD COLUMN blob_bytes INTEGER;
   CREATE INDEX layers_by_diff ON layers (diff_id);`,
  `ALTER TABLE layers ADD COLUMN unsynced INTEGER NOT NULL DEFAULT 0;`,
];

export interface LayerRecord extends Layer {
  /** Name of the layer's directory. */
  directory: string;
  /** Its files may not have reached the disk. */
  unsynced?: boolean;
}

/** The layers' rows. Plain statements: who may remove what is decided by the store. */
export class LayerRecords {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    db.migrate("layers", steps);
  }

  get(chainId: ChainId): LayerRecord | undefined {
    const row = this.#db.get("SELECT * FROM layers WHERE chain_id = ?", chainId);
    return row === undefined ? undefined : recordOf(row);
  }

  /** Throws `not-found`. */
  mustGet(chainId: ChainId): LayerRecord {
    const record = this.get(chainId);
    if (record === undefined) throw new EngineError("not-found", `layer does not exist: ${chainId}`);
    return record;
  }

  /** Oldest first. */
  list(): LayerRecord[] {
    return this.#db.all("SELECT * FROM layers ORDER BY rowid").map(recordOf);
  }

  /** From `chainId` down to the base. */
  chain(chainId: ChainId): LayerRecord[] {
    const rows = this.#db.all(
      `WITH RECURSIVE chain (id, depth) AS (
         VALUES (?, 0)
         UNION ALL SELECT parent, depth + 1 FROM layers JOIN chain ON chain_id = id WHERE parent IS NOT NULL
       )
       SELECT layers.* FROM chain JOIN layers ON chain_id = id ORDER BY depth`,
      chainId,
    );
    return rows.map(recordOf);
  }

  insert(record: LayerRecord): void {
    this.#db.run(
      "INSERT INTO layers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      record.chainId,
      record.parent ?? null,
      record.diffId,
      record.directory,
      record.sizeBytes,
      record.tarBytes,
      record.blob?.digest ?? null,
      record.blob?.sizeBytes ?? null,
      record.unsynced === true ? 1 : 0,
    );
  }

  /** Any layer with this diffID whose compressed form is kept. */
  withBlob(diffId: Digest): LayerRecord | undefined {
    const row = this.#db.get(
      "SELECT * FROM layers WHERE diff_id = ? AND blob_digest IS NOT NULL LIMIT 1",
      diffId,
    );
    return row === undefined ? undefined : recordOf(row);
  }

  forgetBlob(chainId: ChainId): void {
    this.#db.transaction(() => {
      this.#db.run("UPDATE layers SET blob_digest = NULL, blob_bytes = NULL WHERE chain_id = ?", chainId);
    });
  }

  /** Layers whose files may not have reached the disk. */
  unsynced(): ChainId[] {
    return this.#db
      .all("SELECT chain_id FROM layers WHERE unsynced = 1")
      .map((row) => row.chain_id as ChainId);
  }

  markSynced(chainIds: readonly ChainId[]): void {
    this.#db.transaction(() => {
      for (const id of chainIds) this.#db.run("UPDATE layers SET unsynced = 0 WHERE chain_id = ?", id);
    });
  }

  delete(chainId: ChainId): void {
    this.#db.run("DELETE FROM layer_users WHERE chain_id = ?", chainId);
    this.#db.run("DELETE FROM layers WHERE chain_id = ?", chainId);
  }

  addUser(chainId: ChainId, user: string): void {
    this.#asLasting(user, () => {
      this.#db.run("INSERT OR IGNORE INTO layer_users VALUES (?, ?)", chainId, user);
    });
  }

  removeUser(chainId: ChainId, user: string): void {
    this.#asLasting(user, () => {
      this.#db.run("DELETE FROM layer_users WHERE chain_id = ? AND user = ?", chainId, user);
    });
  }

  /** Leases end with the daemon: nothing waits for the disk because of them. */
  #asLasting(user: string, body: () => void): void {
    if (user.startsWith("lease:")) this.#db.volatileTransaction(body);
    else this.#db.transaction(body);
  }

  users(chainId: ChainId): string[] {
    return this.#db
      .all("SELECT user FROM layer_users WHERE chain_id = ?", chainId)
      .map((row) => row.user as string);
  }

  dropLeases(): void {
    this.#db.run("DELETE FROM layer_users WHERE user LIKE 'lease:%'");
  }

  /** Whether a user, a child or a writable layer needs it. */
  isUsed(chainId: ChainId): boolean {
    const found = this.#db.get(
      `SELECT 1 AS used WHERE EXISTS (SELECT 1 FROM layer_users WHERE chain_id = ?1)
         OR EXISTS (SELECT 1 FROM layers WHERE parent = ?1)
         OR EXISTS (SELECT 1 FROM writable_layers WHERE parent = ?1)`,
      chainId,
    );
    return found !== undefined;
  }

  children(chainId: ChainId): ChainId[] {
    return this.#db
      .all("SELECT chain_id FROM layers WHERE parent = ?", chainId)
      .map((row) => row.chain_id as ChainId);
  }

  writableIds(): string[] {
    return this.#db.all("SELECT id FROM writable_layers ORDER BY id").map((row) => row.id as string);
  }

  /** Undefined where there is no such writable layer. */
  writable(id: string): { parent: ChainId | undefined } | undefined {
    const row = this.#db.get("SELECT parent FROM writable_layers WHERE id = ?", id);
    return row === undefined ? undefined : { parent: (row.parent as ChainId | null) ?? undefined };
  }

  /** Without a wait for the disk, here and in `deleteWritable`: the owner's own record is the promise. */
  insertWritable(id: string, parent: ChainId | undefined): void {
    this.#db.volatileTransaction(() => {
      this.#db.run("INSERT INTO writable_layers VALUES (?, ?)", id, parent ?? null);
    });
  }

  deleteWritable(id: string): void {
    this.#db.volatileTransaction(() => {
      this.#db.run("DELETE FROM writable_layers WHERE id = ?", id);
    });
  }

  deleteWritableOf(parent: ChainId): void {
    this.#db.run("DELETE FROM writable_layers WHERE parent = ?", parent);
  }

  /** For what a crash may undo. */
  volatileTransaction<T>(body: () => T extends Promise<unknown> ? never : T): T {
    return this.#db.volatileTransaction(body);
  }

  transaction<T>(body: () => T extends Promise<unknown> ? never : T): T {
    return this.#db.transaction(body);
  }
}

function recordOf(row: Row): LayerRecord {
  const parent = row.parent as ChainId | null;
  const digest = row.blob_digest as Digest | null;
  return {
    chainId: row.chain_id as ChainId,
    ...(parent !== null && { parent }),
    diffId: row.diff_id as Digest,
    directory: row.directory as string,
    sizeBytes: Number(row.size_bytes),
    tarBytes: Number(row.tar_bytes),
    ...(digest !== null && { blob: { digest, sizeBytes: Number(row.blob_bytes) } }),
  };
}
