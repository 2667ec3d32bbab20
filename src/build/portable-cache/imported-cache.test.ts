import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { Digest } from "../../spec/digest.ts";
import { chainIdsOf } from "../../store/layers/chain-id.ts";
import { parseCacheDescription } from "./cache-description.ts";
import { ImportedCache } from "./imported-cache.ts";

const digest = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}` as Digest;
const key = (text: string) => digest(text).slice("sha256:".length);
const [base, left, right] = [digest("base"), digest("left"), digest("right")];
/** Two steps on one base; the same layer twice in one chain. */
const description = {
  layers: [base, left, right],
  chains: [{ layer: 0 }, { layer: 1, parent: 0 }, { layer: 2, parent: 0 }, { layer: 1, parent: 2 }],
  steps: [
    { key: key("left"), chain: 1, createdMs: 1000 },
    { key: key("twice"), chain: 3 },
    { key: key("empty") },
  ],
};
const layers = description.layers.map((each) => ({
  mediaType: "a/b",
  digest: digest(`blob of ${each}`),
  size: 1,
}));
const repository = { blob: () => (async function* () {})() };

test("steps are found by their keys, with the layers they stand on", () => {
  const cache = new ImportedCache({ description: parseCacheDescription(description), layers, repository });
  const found = cache.find(key("left"));
  expect(found?.snapshot).toEqual({ chainId: chainIdsOf([base, left]).at(-1) as Digest, createdMs: 1000 });
  expect(found?.stack?.layers.map((each) => each.digest)).toEqual([
    layers[0]?.digest,
    layers[1]?.digest,
  ] as Digest[]);
  expect(cache.find(key("twice"))?.stack?.config.rootfs.diff_ids).toEqual([base, right, left]);
  expect(cache.find(key("empty"))).toEqual({ snapshot: {}, repository });
  expect(cache.find(key("unknown"))).toBeUndefined();
});

test.each([
  ["no description", "text"],
  ["a layer that is no digest", { ...description, layers: ["../../etc/passwd"] }],
  ["a chain of a layer that is not there", { ...description, chains: [{ layer: 3 }] }],
  ["a chain that stands on itself", { ...description, chains: [{ layer: 0, parent: 0 }] }],
  ["a chain that stands on a later one", { ...description, chains: [{ layer: 0, parent: 1 }, { layer: 1 }] }],
  ["a step of a chain that is not there", { ...description, steps: [{ key: key("a"), chain: 9 }] }],
  ["a step without a key", { ...description, steps: [{ chain: 0 }] }],
  ["a time of a string", { ...description, steps: [{ key: key("a"), createdMs: "0" }] }],
  ["fractions", { ...description, chains: [{ layer: 0.5 }] }],
])("%s is refused", (_what, given) => {
  expect(() => parseCacheDescription(given)).toThrow("the cache's description is malformed");
});
