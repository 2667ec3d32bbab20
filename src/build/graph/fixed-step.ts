import type { Snapshot } from "../ops/build-parts.ts";
import type { Step } from "../solver/step.ts";

/** A file system that is there: an image's, or the empty one. */
export function fixedStep(name: string, snapshot: Snapshot): Step<Snapshot> {
  return {
    name,
    slot: name,
    type: "regular",
    inputs: [],
    ephemeral: true,
    ignoreCache: true,
    manifest: () => ({ image: parentOf(snapshot) }),
    run: async () => snapshot,
  };
}

/** Nothing at all: no step that people are told of. */
export const scratch = fixedStep("FROM scratch", {});

/** A snapshot in a manifest: what it holds. */
export function parentOf({ chainId }: Snapshot): string {
  return chainId ?? "empty";
}
