import { createHash, randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tarOf } from "../src/store/testing/tar-of.ts";
import { cacheDirectory } from "../test/support/paths.ts";
import { publish } from "../test/support/published-image.ts";
import { TestRegistry } from "../test/support/registry.ts";
import { docker, type Job, watched } from "./job.ts";
import type { Side } from "./side.ts";

const rounds = 2;
const layerCount = 6;
const filesPerLayer = 1000;
const fileBytes = 66_000;
const layerBytes = filesPerLayer * fileBytes;

/** An image of six layers, 400 MB in all and 165 MB compressed, comes from a registry of this machine and goes to another. */
export const registryJobs: readonly Job[] = [
  {
    name: "pull 400 MB in six layers",
    unit: "ms",
    rounds,
    measure: async (side) => {
      const image = await source();
      const time = await watched(side, () => docker(side, "pull", "-q", image));
      await docker(side, "rmi", image);
      return time;
    },
  },
  {
    name: "push it to another registry",
    unit: "ms",
    rounds,
    measure: async (side) => {
      const image = await source();
      await docker(side, "pull", "-q", image);
      const time = await timedPush(side, image);
      await docker(side, "rmi", image);
      return time;
    },
  },
  pushMade("programs and texts", () => layerTar(0)),
  pushMade("compressed already", () => tarOf({ name: "packed", content: randomBytes(layerBytes) })),
];

/** A layer that no registry has ever had. */
function pushMade(kind: string, content: () => Buffer): Job {
  return {
    name: `push 66 MB made here, ${kind}`,
    unit: "ms",
    rounds,
    measure: async (side) => {
      const tar = join(cacheDirectory, "bench-layer.tar");
      writeFileSync(tar, content());
      await docker(side, "import", tar, "bench-made:1");
      const time = await timedPush(side, "bench-made:1");
      await docker(side, "rmi", "bench-made:1");
      rmSync(tar);
      return time;
    },
  };
}

/** Every push goes to a registry that has nothing yet. */
async function timedPush(side: Side, image: string): Promise<number> {
  const registry = await TestRegistry.start();
  const target = `${registry.host}/bench/pushed:1`;
  try {
    await docker(side, "tag", image, target);
    return await watched(side, () => docker(side, "push", "-q", target));
  } finally {
    await docker(side, "rmi", target);
    await registry.dispose();
  }
}

let published: Promise<{ image: string; registry: TestRegistry }> | undefined;

async function source(): Promise<string> {
  published ??= publishSource();
  return (await published).image;
}

/** Gives back what the jobs share. */
export async function closeRegistry(): Promise<void> {
  await (await published)?.registry.dispose();
}

async function publishSource(): Promise<{ image: string; registry: TestRegistry }> {
  const registry = await TestRegistry.start();
  const layers = Array.from({ length: layerCount }, (_, index) => ({ tar: layerTar(index) }));
  await publish(`http://${registry.host}`, "bench/source", "1", layers);
  return { image: `${registry.host}/bench/source:1`, registry };
}

/** Files that compress to two fifths, as programs and texts do; the same ones every time. */
function layerTar(layer: number): Buffer {
  const names = Array.from(
    { length: filesPerLayer },
    (_, index) => `layer-${layer}/${index % 30}/file-${index}`,
  );
  return tarOf(...names.map((name) => ({ name, content: contentOf(name) })));
}

function contentOf(name: string): string {
  let [text, seed] = ["", name];
  while (text.length < (fileBytes * 3) / 4) {
    seed = createHash("sha512").update(seed).digest("hex");
    text += seed;
  }
  return text.padEnd(fileBytes, "x");
}
