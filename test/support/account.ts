import { Database } from "bun:sqlite";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { instanceNames } from "../../src/networks/instance-names.ts";
import { eventually, run } from "./command.ts";
import { findLeftovers } from "./leftovers.ts";
import type { TestEngine } from "./test-engine.ts";

/** Tables in which a container, a volume or what they took has a row. */
const tables = [
  "containers",
  "removals",
  "volumes",
  "volume_holds",
  "volume_mounts",
  "sandboxes",
  "endpoints",
  "published_ports",
  "writable_layers",
];

/** Directories, below the engine's own, with an entry for each container, volume, namespace or unpacking. */
const directories = [
  "data/containers",
  "data/volumes",
  "data/layers/staging",
  "data/layers/trash",
  "data/layers/writable",
  "data/blobs/ingest",
  "run/netns",
  "run/runtime/bundles",
  "run/runtime/exits",
  "run/runtime/state",
  "run/runtime/tmp",
];

/**
 * Waits until a running engine without containers and volumes holds nothing for any: no process, mount, link, port,
 * control group, directory or row. Throws with the list of what stays.
 */
export async function expectEmpty(engine: TestEngine): Promise<void> {
  let left: string[] = [];
  const empty = async () => (left = await heldBy(engine)).length === 0;
  await eventually("nothing is held", empty, 8000).catch(() => {
    throw new Error(`still held:\n${left.join("\n")}\nthe engine's log:\n${engine.log.slice(-3000)}`);
  });
}

async function heldBy(engine: TestEngine): Promise<string[]> {
  const { bridge, table } = instanceNames(engine.instance);
  const own = new Set([`link ${bridge}`, `nft table inet ${table}`]);
  const isOwn = (thing: string) => own.has(thing) || thing.startsWith(`process ${engine.pid} `);
  return [
    ...(await findLeftovers(engine)).filter((thing) => !isOwn(thing)),
    ...directories.flatMap((name) => entries(engine, name)),
    ...rows(engine),
    ...(await publishedPorts(table)),
  ];
}

function entries(engine: TestEngine, name: string): string[] {
  const path = join(engine.directory, name);
  return existsSync(path) ? readdirSync(path).map((entry) => `entry ${name}/${entry}`) : [];
}

function rows(engine: TestEngine): string[] {
  using database = new Database(join(engine.dataRoot, "gantry.db"), { readonly: true });
  const count = (table: string) =>
    (database.query(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
  const unused = database
    .query("SELECT directory FROM layers WHERE chain_id NOT IN (SELECT chain_id FROM layer_users)")
    .all() as { directory: string }[];
  return [
    ...tables.filter((table) => count(table) > 0).map((table) => `${count(table)} rows of ${table}`),
    ...unused.map(({ directory }) => `layer ${directory} of no image`),
  ];
}

async function publishedPorts(table: string): Promise<string[]> {
  const maps = ["addressed", "anywhere"];
  const listed = await Promise.all(maps.map((map) => run(["nft", "list", "map", "inet", table, map])));
  return listed
    .map(({ stdout }) => /elements = \{[^}]*\}/.exec(stdout)?.[0] ?? "")
    .filter((elements) => elements !== "")
    .map((elements) => `published ${elements}`);
}
