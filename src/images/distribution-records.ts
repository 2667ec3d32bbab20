import type { Digest } from "../spec/digest.ts";
import type { Database } from "../store/db/database.ts";

const steps = [
  `CREATE TABLE image_manifests (
     digest TEXT PRIMARY KEY,
     image_id TEXT NOT NULL REFERENCES images (id),
     media_type TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX image_manifests_by_image ON image_manifests (image_id);
   CREATE TABLE layer_sources (
     diff_id TEXT NOT NULL,
     repository TEXT NOT NULL,
     digest TEXT NOT NULL,
     size_bytes INTEGER NOT NULL,
     media_type TEXT NOT NULL,
     PRIMARY KEY (diff_id, repository, digest)
   ) STRICT, WITHOUT ROWID;`,
];

/** A manifest as a registry has it; its bytes are a blob. */
export interface ManifestRecord {
  digest: Digest;
  mediaType: string;
}

/** A compressed form of a layer that a repository is known to have. */
export interface LayerSource {
  /** Domain and path. */
  repository: string;
  digest: Digest;
  sizeBytes: number;
  mediaType: string;
}

/**
 * What connects images here with registries: the manifests that images came with or went out by, and where which
 * layer is found. Nothing is relied on before a registry has confirmed it.
 */
export class DistributionRecords {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    db.migrate("distribution", steps);
  }

  addManifest(imageId: Digest, { digest, mediaType }: ManifestRecord): void {
    this.#db.run("INSERT OR REPLACE INTO image_manifests VALUES (?, ?, ?)", digest, imageId, mediaType);
  }

  manifests(imageId: Digest): ManifestRecord[] {
    return this.#db
      .all("SELECT digest, media_type FROM image_manifests WHERE image_id = ? ORDER BY digest", imageId)
      .map((row) => ({ digest: row["digest"] as Digest, mediaType: row["media_type"] as string }));
  }

  /** Every manifest that is kept as a blob. */
  manifestDigests(): Digest[] {
    return this.#db.all("SELECT digest FROM image_manifests").map((row) => row["digest"] as Digest);
  }

  /** Answers the digests of the manifests that went. */
  deleteManifests(imageId: Digest): Digest[] {
    const digests = this.manifests(imageId).map(({ digest }) => digest);
    this.#db.run("DELETE FROM image_manifests WHERE image_id = ?", imageId);
    return digests;
  }

  addSource(diffId: Digest, { repository, digest, sizeBytes, mediaType }: LayerSource): void {
    this.#db.run(
      "INSERT OR REPLACE INTO layer_sources VALUES (?, ?, ?, ?, ?)",
      diffId,
      repository,
      digest,
      sizeBytes,
      mediaType,
    );
  }

  sources(diffId: Digest): LayerSource[] {
    return this.#db
      .all("SELECT * FROM layer_sources WHERE diff_id = ? ORDER BY repository, digest", diffId)
      .map((row) => ({
        repository: row["repository"] as string,
        digest: row["digest"] as Digest,
        sizeBytes: Number(row["size_bytes"]),
        mediaType: row["media_type"] as string,
      }));
  }

  /** The repository did not have it. */
  deleteSource(diffId: Digest, { repository, digest }: LayerSource): void {
    this.#db.run(
      "DELETE FROM layer_sources WHERE diff_id = ? AND repository = ? AND digest = ?",
      diffId,
      repository,
      digest,
    );
  }

  /** Forgets where layers were that are not here any more. */
  keepSourcesOf(diffIds: ReadonlySet<Digest>): void {
    for (const row of this.#db.all("SELECT DISTINCT diff_id FROM layer_sources"))
      if (!diffIds.has(row["diff_id"] as Digest))
        this.#db.run("DELETE FROM layer_sources WHERE diff_id = ?", row["diff_id"] as string);
  }
}
