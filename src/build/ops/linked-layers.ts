import type { Database } from "../../store/db/database.ts";
import type { ChainId } from "../../store/layers/layer-store.ts";
import type { BuildParts, Snapshot } from "./build-parts.ts";
import { rebaseLayer } from "./make-layer.ts";

const steps = [
  `CREATE TABLE build_linked (
     key TEXT PRIMARY KEY,
     chain_id TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];

/** Where the layers of COPY --link were last made: they hold nothing, and what they name may be gone. */
export class LinkedLayers {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    db.migrate("linked layers", steps);
  }

  /** The chain with the layer at its top. */
  find(key: string): ChainId | undefined {
    return this.#db.get("SELECT chain_id FROM build_linked WHERE key = ?", key)?.["chain_id"] as
      | ChainId
      | undefined;
  }

  put(key: string, chainId: ChainId): void {
    this.#db.volatileTransaction(() => {
      this.#db.run("INSERT OR REPLACE INTO build_linked VALUES (?, ?)", key, chainId);
    });
  }

  /** Forgets those whose layer is gone. */
  keepOnly(exists: (chainId: ChainId) => boolean): void {
    this.#db.volatileTransaction(() => {
      const rows = this.#db.all("SELECT DISTINCT chain_id FROM build_linked");
      for (const chainId of rows.map((row) => row["chain_id"] as ChainId))
        if (!exists(chainId)) this.#db.run("DELETE FROM build_linked WHERE chain_id = ?", chainId);
    });
  }
}

export interface LinkedCopy {
  /** Of all that it copies, and of nothing below. */
  key: string;
  /** What was made before does not count. */
  fresh: boolean;
  made: () => Promise<Snapshot>;
  signal: AbortSignal;
}

/** The layer of a COPY --link on `parent`: one that was made on something else serves as well. */
export async function copyLinked(
  parts: BuildParts,
  parent: Snapshot,
  { key, fresh, made, signal }: LinkedCopy,
): Promise<Snapshot> {
  const before = fresh ? undefined : parts.linked.find(key);
  const isHere = before !== undefined && parts.layers.get(before) !== undefined;
  const result = isHere ? await rebaseLayer(parts, before, parent, signal) : await made();
  if (result.chainId !== undefined) parts.linked.put(key, result.chainId);
  return result;
}
