// The engine killed in the middle of what it does to volumes: the next start finishes or undoes it.
import { afterAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Log } from "../base/log.ts";
import { EventLog } from "../events/event-log.ts";
import { listMounts } from "../linux/mount.ts";
import { Database } from "../store/db/database.ts";
import { createVolumeService } from "./engine-volumes.ts";
import type { VolumeService } from "./volume-service.ts";

const work = realpathSync(mkdtempSync(join(tmpdir(), "gantry-volumes-crash-")));
afterAll(() => rmSync(work, { recursive: true, force: true }));

interface Place {
  directory: string;
  data: (name: string) => string;
}

/** Runs `script` (with `volumes` in it) in a process that dies at `step`, then starts the engine's room again. */
async function killedAt(
  step: string,
  script: string,
  after: (volumes: VolumeService, place: Place) => Promise<void>,
) {
  const directory = mkdtempSync(join(work, "root-"));
  mkdirSync(join(directory, "rootfs/data/sub"), { recursive: true });
  for (let index = 0; index < 20; index++) {
    writeFileSync(join(directory, `rootfs/data/f${index}`), String(index));
  }
  const program = `
    const { createVolumeService } = require(${JSON.stringify(join(import.meta.dir, "engine-volumes.ts"))});
    const { Database } = require(${JSON.stringify(join(import.meta.dir, "../store/db/database.ts"))});
    const { EventLog } = require(${JSON.stringify(join(import.meta.dir, "../events/event-log.ts"))});
    const { Log } = require(${JSON.stringify(join(import.meta.dir, "../base/log.ts"))});
    const directory = ${JSON.stringify(directory)};
    const db = new Database(directory + "/test.db");
    const volumes = createVolumeService({ db, root: directory + "/volumes", events: new EventLog(), log: new Log() });
    (async () => { ${script} })();`;
  const outcome = spawnSync(process.execPath, ["-e", program], {
    env: { ...process.env, GANTRY_TEST_KILL_AT: step },
    encoding: "utf8",
  });
  expect([outcome.signal, outcome.stderr], step).toEqual(["SIGKILL", ""]);
  using db = new Database(join(directory, "test.db"));
  const root = join(directory, "volumes");
  const volumes = createVolumeService({ db, root, events: new EventLog(), log: new Log("error") });
  await volumes.reconcile(new Set(["c1"]));
  await after(volumes, { directory, data: (name) => join(root, name, "_data") });
  for (const { Name = "" } of volumes.list({}).Volumes ?? []) {
    await volumes.releaseAll("c1", false);
    await volumes.remove(Name, false);
  }
  expect(readdirSync(root), step).toEqual([]);
  expect(listMounts().filter(({ target }) => target.startsWith(work))).toEqual([]);
}

const create = 'await volumes.create({ Name: "one" });';
const acquire = 'await volumes.acquire("one", "c1");';
const listed = (volumes: VolumeService) => (volumes.list({}).Volumes ?? []).length;

test("a creation leaves nothing", async () => {
  await killedAt("volume-create", create, async (volumes, { directory }) => {
    expect(listed(volumes)).toBe(0);
    expect(readdirSync(join(directory, "volumes"))).toEqual([]);
  });
});

test.each(["volume-remove", "volume-removed"])("a removal is finished: %s", async (step) => {
  const fill = 'require("node:fs").writeFileSync(directory + "/volumes/one/_data/f", "x");';
  await killedAt(step, `${create} ${fill} await volumes.remove("one", false);`, async (volumes, place) => {
    expect(listed(volumes)).toBe(0);
    expect(readdirSync(join(place.directory, "volumes"))).toEqual([]);
    await volumes.create({ Name: "one" });
    expect(readdirSync(place.data("one"))).toEqual([]);
  });
});

test.each(["volume-remove-anonymous", "volume-remove", "volume-removed"])(
  "a container's removal takes its anonymous volumes: %s",
  async (step) => {
    const script = `for (const name of ["anon", "other"]) await volumes.acquire(name, "c1", { anonymous: true });
      ${acquire} await volumes.releaseAll("c1", true);`;
    await killedAt(step, script, async (volumes) => {
      expect((volumes.list({}).Volumes ?? []).map(({ Name }) => Name)).toEqual(["one"]);
    });
  },
);

test("an anonymous volume is never without its container", async () => {
  const script = 'await volumes.acquire("anon", "half", { anonymous: true });';
  await killedAt("volume-recorded", script, async (volumes) => {
    expect(listed(volumes)).toBe(0);
  });
});

test("a container's creation that never came to its end leaves no anonymous volume", async () => {
  const script = `await volumes.acquire("anon", "half", { anonymous: true }); await volumes.acquire("one", "half");
    process.kill(process.pid, 9);`;
  await killedAt("", script, async (volumes) => {
    expect((volumes.list({}).Volumes ?? []).map(({ Name }) => Name)).toEqual(["one"]);
    expect(volumes.usersOf("one")).toEqual([]);
  });
});

test.each(["volume-fill", "volume-filled"])("a copy-up is finished: %s", async (step) => {
  const script = `${acquire} await volumes.copyUp("one", directory + "/rootfs", "/data");`;
  await killedAt(step, script, async (volumes, { directory, data }) => {
    await volumes.copyUp("one", join(directory, "rootfs"), "/data");
    expect(readdirSync(data("one"))).toHaveLength(21);
    rmSync(join(data("one"), "f0"));
    await volumes.copyUp("one", join(directory, "rootfs"), "/data");
    expect(readdirSync(data("one"))).toHaveLength(20);
  });
});

test("a half-filled volume gets the rest", async () => {
  const half = 'require("node:fs").writeFileSync(directory + "/volumes/one/_data/f1", "mine");';
  const script = `${acquire} ${half} db.run("UPDATE volumes SET filling = 1"); process.kill(process.pid, 9);`;
  await killedAt("", script, async (volumes, { directory, data }) => {
    await volumes.copyUp("one", join(directory, "rootfs"), "/data");
    expect(readdirSync(data("one"))).toHaveLength(21);
  });
});

test("a mount is taken over, or undone with its container", async () => {
  const options = '{ driverOptions: { type: "tmpfs", device: "tmpfs" } }';
  const script = `await volumes.acquire("one", "c1", ${options}); await volumes.mount("one", "c1");`;
  await killedAt("volume-mount", script, async (volumes, { data }) => {
    const mounted = () => listMounts().filter(({ target }) => target === data("one")).length;
    expect(mounted()).toBe(1);
    await volumes.mount("one", "c1");
    expect(mounted()).toBe(1);
    await volumes.unmountAll("c1");
    expect(mounted()).toBe(0);
  });
});
