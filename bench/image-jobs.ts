import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { must } from "../test/support/command.ts";
import { debianMirror } from "../test/support/debian-image.ts";
import { cacheDirectory } from "../test/support/paths.ts";
import { docker, type Job, watched } from "./job.ts";
import type { Side } from "./side.ts";

const rounds = 3;
const name = "bench-rootfs:latest";
const saved = join(cacheDirectory, "bench-saved.tar");

/** A root file system of a distribution goes in and out. What a round leaves is removed off the clock. */
export const imageJobs: readonly Job[] = [
  job("import a root file system", async (side) => {
    const tar = await rootfs();
    const time = await watched(side, () => docker(side, "import", tar, name));
    await docker(side, "rmi", name);
    return time;
  }),
  job("save it", async (side) => {
    await docker(side, "import", await rootfs(), name);
    const time = await watched(side, () => docker(side, "save", "-o", saved, name));
    await docker(side, "rmi", name);
    rmSync(saved);
    return time;
  }),
  job("load it", async (side) => {
    await docker(side, "import", await rootfs(), name);
    await docker(side, "save", "-o", saved, name);
    await docker(side, "rmi", name);
    const time = await watched(side, () => docker(side, "load", "-q", "-i", saved));
    await docker(side, "rmi", name);
    rmSync(saved);
    return time;
  }),
];

function job(what: string, measure: (side: Side) => Promise<number>): Job {
  return { name: what, unit: "ms", rounds, measure };
}

/** GANTRY_BENCH_ROOTFS names a tar; else one is made from Debian's packages, once. */
async function rootfs(): Promise<string> {
  const given = process.env.GANTRY_BENCH_ROOTFS;
  if (given !== undefined) return given;
  const path = join(cacheDirectory, "bench-rootfs.tar");
  if (existsSync(path)) return path;
  const mirror = await debianMirror();
  if ("missing" in mirror)
    throw new Error(
      `no root file system to measure with: name a tar in GANTRY_BENCH_ROOTFS (${mirror.missing})`,
    );
  const command = ["mmdebstrap", "-q", "--variant=minbase", "--include=procps", "bookworm", path, mirror.uri];
  await must(command, { timeoutMs: 200_000 });
  return path;
}
