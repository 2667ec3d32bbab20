// Run by tests in a process of its own, which they kill: `bun apply-layer.ts ROOT` applies the tar on standard input.
import { join } from "node:path";
import { Database } from "../db/database.ts";
import { createLayerStore } from "../layers/overlay-layer-store.ts";

const root = process.argv[2] ?? "";
const store = createLayerStore({ db: new Database(join(root, "test.db")), root: join(root, "layers") });
await store.apply(undefined, process.stdin, { user: "image" });
