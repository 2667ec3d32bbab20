import type { Digest } from "../../spec/digest.ts";
import type { Database } from "../../store/db/database.ts";

const steps = [
  `CREATE TABLE image_verifications (
     image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
     repository TEXT NOT NULL,
     digest TEXT NOT NULL,
     fingerprint TEXT NOT NULL,
     key_file TEXT NOT NULL,
     verified_ms INTEGER NOT NULL,
     PRIMARY KEY (image_id, repository, digest, fingerprint)
   ) STRICT, WITHOUT ROWID;`,
];

/** A signature that was found good when the image was pulled. */
export interface Verification {
  /** Where the image came from: domain and path. */
  repository: string;
  /** What was signed: the manifest or index. */
  digest: Digest;
  /** Of the key that had signed. */
  fingerprint: string;
  keyFile: string;
  verifiedMs: number;
}

/** Go with their image. */
export class VerificationRecords {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    db.migrate("verifications", steps);
  }

  add(imageId: Digest, { repository, digest, fingerprint, keyFile, verifiedMs }: Verification): void {
    this.#db.run(
      "INSERT OR REPLACE INTO image_verifications VALUES (?, ?, ?, ?, ?, ?)",
      imageId,
      repository,
      digest,
      fingerprint,
      keyFile,
      verifiedMs,
    );
  }

  list(imageId: Digest): Verification[] {
    return this.#db
      .all("SELECT * FROM image_verifications WHERE image_id = ? ORDER BY repository, verified_ms", imageId)
      .map((row) => ({
        repository: row["repository"] as string,
        digest: row["digest"] as Digest,
        fingerprint: row["fingerprint"] as string,
        keyFile: row["key_file"] as string,
        verifiedMs: Number(row["verified_ms"]),
      }));
  }
}
