import type { Database } from "../store/db/database.ts";
import type { Digest } from "../spec/digest.ts";
import { fullName, type Reference } from "../spec/reference.ts";

const steps = [
  `CREATE TABLE images (
     id TEXT PRIMARY KEY,
     parent TEXT,
     last_tagged_ms INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX images_by_parent ON images (parent);
   CREATE TABLE image_references (
     name TEXT NOT NULL,
     kind TEXT NOT NULL CHECK (kind IN ('tag', 'digest')),
     value TEXT NOT NULL,
     image_id TEXT NOT NULL REFERENCES images (id),
     PRIMARY KEY (name, kind, value)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX image_references_by_image ON image_references (image_id);`,
  "ALTER TABLE images ADD COLUMN last_used_ms INTEGER;",
];

export interface ImageRecord {
  id: Digest;
  /** The image it was made from on this engine (commit), not its base. */
  parent: Digest | undefined;
  lastTaggedMs: number | undefined;
  /** When a container was last made from it or removed, or it came here. */
  lastUsedMs: number | undefined;
}

/** A reference with exactly one of tag and digest: what names an image. */
export type NamedReference = Reference;

/** Images and their names. The configuration itself is a blob. */
export class ImageRecords {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    db.migrate("images", steps);
  }

  get(id: Digest): ImageRecord | undefined {
    const row = this.#db.get("SELECT * FROM images WHERE id = ?", id);
    return row === undefined ? undefined : recordOf(row);
  }

  list(): ImageRecord[] {
    return this.#db.all("SELECT * FROM images ORDER BY id").map(recordOf);
  }

  /** Ids whose hexadecimal digits begin with `prefix`; two are enough to know that it is ambiguous. */
  search(prefix: string): Digest[] {
    return this.#db
      .all("SELECT id FROM images WHERE id >= ?1 AND id < ?1 || 'g' LIMIT 2", `sha256:${prefix}`)
      .map((row) => row["id"] as Digest);
  }

  insert(id: Digest, parent: Digest | undefined, nowMs: number): void {
    this.#db.run("INSERT INTO images VALUES (?, ?, NULL, ?)", id, parent ?? null, nowMs);
  }

  /** Without a wait for the disk: nothing is promised by it. */
  setLastUsed(id: Digest, nowMs: number): void {
    this.#db.volatileTransaction(() => {
      this.#db.run("UPDATE images SET last_used_ms = ? WHERE id = ?", nowMs, id);
    });
  }

  setParent(id: Digest, parent: Digest): void {
    this.#db.run("UPDATE images SET parent = ? WHERE id = ?", parent, id);
  }

  delete(id: Digest): void {
    this.#db.run("DELETE FROM image_references WHERE image_id = ?", id);
    this.#db.run("DELETE FROM images WHERE id = ?", id);
  }

  children(id: Digest): Digest[] {
    return this.#db.all("SELECT id FROM images WHERE parent = ?", id).map((row) => row["id"] as Digest);
  }

  /** Every name of an image, in the order of their full texts. */
  references(id: Digest): NamedReference[] {
    return this.#db
      .all("SELECT * FROM image_references WHERE image_id = ? ORDER BY name, kind DESC, value", id)
      .map(referenceOf);
  }

  /** Every reference in one repository, with what it names. */
  inRepository(name: string): { reference: NamedReference; id: Digest }[] {
    return this.#db
      .all("SELECT * FROM image_references WHERE name = ? ORDER BY kind DESC, value", name)
      .map((row) => ({ reference: referenceOf(row), id: row["image_id"] as Digest }));
  }

  /** A digest counts before a tag, as everywhere. */
  lookup(reference: NamedReference): Digest | undefined {
    const [kind, value] = keyOf(reference);
    const row = this.#db.get(
      "SELECT image_id FROM image_references WHERE name = ? AND kind = ? AND value = ?",
      fullName(reference),
      kind,
      value,
    );
    return row?.["image_id"] as Digest | undefined;
  }

  setReference(reference: NamedReference, id: Digest, nowMs: number): void {
    const [kind, value] = keyOf(reference);
    this.#db.run(
      "INSERT OR REPLACE INTO image_references VALUES (?, ?, ?, ?)",
      fullName(reference),
      kind,
      value,
      id,
    );
    if (kind === "tag") this.#db.run("UPDATE images SET last_tagged_ms = ? WHERE id = ?", nowMs, id);
  }

  removeReference(reference: NamedReference): void {
    const [kind, value] = keyOf(reference);
    this.#db.run(
      "DELETE FROM image_references WHERE name = ? AND kind = ? AND value = ?",
      fullName(reference),
      kind,
      value,
    );
  }
}

function keyOf(reference: NamedReference): ["tag" | "digest", string] {
  return reference.digest === undefined ? ["tag", reference.tag ?? "latest"] : ["digest", reference.digest];
}

type Row = NonNullable<ReturnType<Database["get"]>>;

function recordOf(row: Row): ImageRecord {
  return {
    id: row["id"] as Digest,
    parent: (row["parent"] as Digest | null) ?? undefined,
    lastTaggedMs: row["last_tagged_ms"] === null ? undefined : Number(row["last_tagged_ms"]),
    lastUsedMs: row["last_used_ms"] === null ? undefined : Number(row["last_used_ms"]),
  };
}

function referenceOf(row: Row): NamedReference {
  const name = row["name"] as string;
  const slash = name.indexOf("/");
  const place = { domain: name.slice(0, slash), path: name.slice(slash + 1) };
  return row["kind"] === "tag"
    ? { ...place, tag: row["value"] as string }
    : { ...place, digest: row["value"] as Digest };
}
