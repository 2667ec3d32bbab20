import type { Database, Row } from "../../store/db/database.ts";

const steps = [
  `CREATE TABLE build_downloads (
     url TEXT PRIMARY KEY,
     sha256 TEXT NOT NULL,
     size_bytes INTEGER NOT NULL,
     name TEXT NOT NULL,
     modified_seconds INTEGER NOT NULL,
     etag TEXT,
     last_modified TEXT,
     used_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX build_downloads_by_sum ON build_downloads (sha256);`,
];

/** After so long without use a server is asked anew. */
const keptMs = 30 * 24 * 3600 * 1000;

/** What a URL had when it was last fetched. Whether the content is still here is for the content store to say. */
export interface Download {
  url: string;
  sha256: string;
  sizeBytes: number;
  /** The file's name, as its server or the URL has it. */
  name: string;
  modifiedSeconds: number;
  /** By which the server knows whether it has changed (RFC 9110, 8.8). */
  etag: string | undefined;
  lastModified: string | undefined;
}

/** The files that builds have fetched. A cache: nothing here waits for the disk. */
export class DownloadRecords {
  readonly #db: Database;
  readonly #now: () => number;

  constructor(db: Database, now: () => number = Date.now) {
    this.#db = db;
    this.#now = now;
    db.migrate("build downloads", steps);
  }

  byUrl(url: string): Download | undefined {
    return downloadOf(this.#db.get("SELECT * FROM build_downloads WHERE url = ?", url));
  }

  /** Any with this content. */
  bySum(sha256: string): Download | undefined {
    return downloadOf(this.#db.get("SELECT * FROM build_downloads WHERE sha256 = ? LIMIT 1", sha256));
  }

  put({ url, sha256, sizeBytes, name, modifiedSeconds, etag, lastModified }: Download): void {
    const nowMs = this.#now();
    this.#db.volatileTransaction(() => {
      this.#db.run(
        "INSERT OR REPLACE INTO build_downloads VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        url,
        sha256,
        sizeBytes,
        name,
        modifiedSeconds,
        etag ?? null,
        lastModified ?? null,
        nowMs,
      );
      this.#db.run("DELETE FROM build_downloads WHERE used_ms < ?", nowMs - keptMs);
    });
  }
}

function downloadOf(row: Row | undefined): Download | undefined {
  if (row === undefined) return undefined;
  return {
    url: row["url"] as string,
    sha256: row["sha256"] as string,
    sizeBytes: Number(row["size_bytes"]),
    name: row["name"] as string,
    modifiedSeconds: Number(row["modified_seconds"]),
    etag: (row["etag"] as string | null) ?? undefined,
    lastModified: (row["last_modified"] as string | null) ?? undefined,
  };
}
