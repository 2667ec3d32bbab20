import { createHash } from "node:crypto";
import type { Change, Manifest } from "./step.ts";

/** Raised when a manifest's meaning changes: records of older engines are then never found. */
const generation = "1";

/** The digest by which a step's result is found again. */
export function cacheKey(manifest: Manifest): string {
  const hash = createHash("sha256").update(generation);
  for (const name of Object.keys(manifest).sort()) hash.update(`\0${name}\0${manifest[name]}`);
  return hash.digest("hex");
}

/** What differs between two manifests, in the order of names. */
export function manifestChanges(before: Manifest, after: Manifest): Change[] {
  const differing = new Set<string>();
  for (const name of Object.keys(before)) if (before[name] !== after[name]) differing.add(name);
  for (const name of Object.keys(after)) if (before[name] !== after[name]) differing.add(name);
  return [...differing].sort().map((input): Change => {
    const [old, now] = [before[input], after[input]];
    if (old === undefined) return { kind: "added", input, ...(now !== undefined && { after: now }) };
    if (now === undefined) return { kind: "removed", input, before: old };
    return { kind: "changed", input, before: old, after: now };
  });
}
