import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Database, Row } from "../../store/db/database.ts";
import type { Snapshot } from "../ops/build-parts.ts";
import type { Manifest } from "../solver/step.ts";

const steps = [
  `CREATE TABLE build_cache (
     id TEXT PRIMARY KEY,
     key TEXT NOT NULL UNIQUE,
     type TEXT NOT NULL,
     description TEXT NOT NULL,
     parents TEXT NOT NULL,
     snapshot TEXT NOT NULL,
     chain_id TEXT,
     size_bytes INTEGER NOT NULL,
     created_ms INTEGER NOT NULL,
     used_ms INTEGER NOT NULL,
     uses INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX build_cache_by_chain ON build_cache (chain_id);
   CREATE TABLE build_slots (
     slot TEXT PRIMARY KEY,
     key TEXT NOT NULL,
     manifest BLOB NOT NULL,
     used_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];

/** A step's result that is kept. */
export interface CacheRecord {
  /** As people name it: 25 letters and digits. */
  id: string;
  key: string;
  type: string;
  description: string;
  /** Ids of records it stands on. */
  parents: string[];
  snapshot: Snapshot;
  /** Of its own layer. */
  sizeBytes: number;
  createdMs: number;
  usedMs: number;
  uses: number;
}

/** The rows of the build cache. A cache: nothing here waits for the disk. */
export class CacheRecords {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    db.migrate("build", steps);
  }

  byKey(key: string): CacheRecord | undefined {
    const row = this.#db.get("SELECT * FROM build_cache WHERE key = ?", key);
    return row === undefined ? undefined : recordOf(row);
  }

  list(): CacheRecord[] {
    return this.#db.all("SELECT * FROM build_cache ORDER BY created_ms, id").map(recordOf);
  }

  /** In place of one that has the same key. */
  put(record: CacheRecord): void {
    this.#db.volatileTransaction(() => {
      this.#db.run(
        "INSERT OR REPLACE INTO build_cache VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        record.id,
        record.key,
        record.type,
        record.description,
        JSON.stringify(record.parents),
        JSON.stringify(record.snapshot),
        record.snapshot.chainId ?? null,
        record.sizeBytes,
        record.createdMs,
        record.usedMs,
        record.uses,
      );
    });
  }

  touch(ids: readonly string[], nowMs: number): void {
    this.#db.volatileTransaction(() => {
      for (const id of ids)
        this.#db.run("UPDATE build_cache SET used_ms = ?, uses = uses + 1 WHERE id = ?", nowMs, id);
    });
  }

  delete(ids: readonly string[]): void {
    this.#db.volatileTransaction(() => {
      for (const id of ids) this.#db.run("DELETE FROM build_cache WHERE id = ?", id);
    });
  }

  /** What stood in a place of a build when that was last built. */
  slot(slot: string): { key: string; manifest: Manifest } | undefined {
    const row = this.#db.get("SELECT key, manifest FROM build_slots WHERE slot = ?", slot);
    if (row === undefined) return undefined;
    const text = zstdDecompressSync(row["manifest"] as Uint8Array).toString();
    return { key: row["key"] as string, manifest: JSON.parse(text) as Manifest };
  }

  slotKey(slot: string): string | undefined {
    return this.#db.get("SELECT key FROM build_slots WHERE slot = ?", slot)?.["key"] as string | undefined;
  }

  setSlot(slot: string, key: string, manifest: Manifest, nowMs: number): void {
    const packed = zstdCompressSync(Buffer.from(JSON.stringify(manifest)));
    this.#db.volatileTransaction(() => {
      this.#db.run("INSERT OR REPLACE INTO build_slots VALUES (?, ?, ?, ?)", slot, key, packed, nowMs);
    });
  }

  /** Places that no build has had since. */
  dropSlotsBefore(timeMs: number): void {
    this.#db.volatileTransaction(() => {
      this.#db.run("DELETE FROM build_slots WHERE used_ms < ?", timeMs);
    });
  }
}

function recordOf(row: Row): CacheRecord {
  return {
    id: row["id"] as string,
    key: row["key"] as string,
    type: row["type"] as string,
    description: row["description"] as string,
    parents: JSON.parse(row["parents"] as string) as string[],
    snapshot: JSON.parse(row["snapshot"] as string) as Snapshot,
    sizeBytes: Number(row["size_bytes"]),
    createdMs: Number(row["created_ms"]),
    usedMs: Number(row["used_ms"]),
    uses: Number(row["uses"]),
  };
}
