import type { Database, Row } from "../store/db/database.ts";

const steps = [
  `CREATE TABLE volumes (
     name TEXT PRIMARY KEY,
     created_at TEXT NOT NULL,
     labels TEXT,
     options TEXT,
     filling INTEGER NOT NULL DEFAULT 0,
     removing INTEGER NOT NULL DEFAULT 0
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE volume_holds (
     sequence INTEGER PRIMARY KEY,
     volume TEXT NOT NULL REFERENCES volumes (name),
     container TEXT NOT NULL,
     anonymous INTEGER NOT NULL,
     UNIQUE (container, volume)
   ) STRICT;
   CREATE INDEX volume_holds_by_volume ON volume_holds (volume);
   CREATE TABLE volume_mounts (
     container TEXT NOT NULL,
     destination TEXT NOT NULL,
     volume TEXT NOT NULL REFERENCES volumes (name),
     PRIMARY KEY (container, destination)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX volume_mounts_by_volume ON volume_mounts (volume);`,
];

export interface VolumeRecord {
  name: string;
  /** RFC 3339, in seconds. */
  createdAt: string;
  /** Null where the request had none, as dockerd keeps it. */
  labels: Record<string, string> | null;
  options: Record<string, string> | null;
  /** A copy-up has begun and not ended. */
  filling: boolean;
  /** Removal has begun: for everybody else the volume is gone. */
  removing: boolean;
}

/** A container's hold on a volume. */
export interface Hold {
  container: string;
  /** The container named no volume: it goes with the container if that is so asked. */
  anonymous: boolean;
}

/** A volume at a place in a container that runs or is about to. */
export interface MountRecord {
  container: string;
  destination: string;
  volume: string;
}

/** The volumes' rows. Plain statements: who may do what is decided by the service. */
export class VolumeRecords {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    db.migrate("volumes", steps);
  }

  get(name: string): VolumeRecord | undefined {
    const row = this.#db.get("SELECT * FROM volumes WHERE name = ?", name);
    return row === undefined ? undefined : volumeOf(row);
  }

  list(): VolumeRecord[] {
    return this.#db.all("SELECT * FROM volumes ORDER BY name").map(volumeOf);
  }

  add({ name, createdAt, labels, options }: VolumeRecord, hold?: Hold): void {
    this.#db.transaction(() => {
      this.#db.run(
        "INSERT INTO volumes (name, created_at, labels, options) VALUES (?, ?, ?, ?)",
        name,
        createdAt,
        labels === null ? null : JSON.stringify(labels),
        options === null ? null : JSON.stringify(options),
      );
      if (hold !== undefined) this.hold(name, hold);
    });
  }

  setFilling(name: string, filling: boolean): void {
    this.#db.run("UPDATE volumes SET filling = ? WHERE name = ?", Number(filling), name);
  }

  /** Marks the volume for removal, unless somebody holds it; answers whether it is marked. */
  markRemoving(name: string): boolean {
    return this.#db.transaction(() => {
      if (this.holders(name).length > 0) return false;
      this.#db.run("UPDATE volumes SET removing = 1 WHERE name = ?", name);
      return true;
    });
  }

  remove(name: string): void {
    this.#db.run("DELETE FROM volumes WHERE name = ?", name);
  }

  /** Ids of the containers that hold `name`, oldest hold first. */
  holders(name: string): string[] {
    return this.#db
      .all("SELECT container FROM volume_holds WHERE volume = ? ORDER BY sequence", name)
      .map((row) => String(row.container));
  }

  hold(volume: string, { container, anonymous }: Hold): void {
    this.#db.run(
      "INSERT INTO volume_holds (volume, container, anonymous) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      volume,
      container,
      Number(anonymous),
    );
  }

  /**
   * Ends a container's holds. With `removeAnonymous` its volumes without a name are marked for removal in the same
   * step, where nobody else holds them; answers which.
   */
  release(container: string, removeAnonymous: boolean): string[] {
    return this.#db.transaction(() => {
      const holds = this.#db.all(
        "SELECT * FROM volume_holds WHERE container = ? ORDER BY sequence",
        container,
      );
      if (holds.length > 0) this.#db.run("DELETE FROM volume_holds WHERE container = ?", container);
      const goes = holds.filter(({ anonymous }) => anonymous === 1 && removeAnonymous);
      return goes.map(({ volume }) => String(volume)).filter((volume) => this.markRemoving(volume));
    });
  }

  addMount({ container, destination, volume }: MountRecord): void {
    this.#db.run(
      "INSERT OR REPLACE INTO volume_mounts (container, destination, volume) VALUES (?, ?, ?)",
      container,
      destination,
      volume,
    );
  }

  mountsOf(container: string): MountRecord[] {
    return this.#db.all("SELECT * FROM volume_mounts WHERE container = ?", container).map(mountOf);
  }

  isMounted(volume: string): boolean {
    return this.#db.get("SELECT 1 FROM volume_mounts WHERE volume = ?", volume) !== undefined;
  }

  removeMount({ container, destination }: MountRecord): void {
    this.#db.run("DELETE FROM volume_mounts WHERE container = ? AND destination = ?", container, destination);
  }

  /** Every container that a row speaks of. */
  containers(): string[] {
    return this.#db
      .all("SELECT container FROM volume_holds UNION SELECT container FROM volume_mounts")
      .map((row) => String(row.container));
  }
}

function volumeOf(row: Row): VolumeRecord {
  return {
    name: String(row.name),
    createdAt: String(row.created_at),
    labels: mapOf(row.labels),
    options: mapOf(row.options),
    filling: row.filling === 1,
    removing: row.removing === 1,
  };
}

function mountOf(row: Row): MountRecord {
  return {
    container: String(row.container),
    destination: String(row.destination),
    volume: String(row.volume),
  };
}

function mapOf(value: Row[string] | undefined): Record<string, string> | null {
  return typeof value === "string" ? (JSON.parse(value) as Record<string, string>) : null;
}
