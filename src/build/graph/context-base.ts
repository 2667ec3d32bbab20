import type { Platform } from "../../spec/oci-image.ts";
import type { BuildContext } from "../context/build-context.ts";
import type { BuildParts } from "../ops/build-parts.ts";
import { SentTree } from "../ops/files/sent-tree.ts";
import { emptyDraft } from "./image-draft.ts";
import type { StageState } from "./stage-state.ts";
import { fixedStep } from "./fixed-step.ts";
import { copyStep } from "./steps.ts";

/** What a stage begins with that stands on a named context of files: these files, and nothing configured. */
export function contextBase(
  parts: BuildParts,
  { name, context, platform }: { name: string; context: BuildContext; platform: Platform },
): Pick<StageState, "draft" | "step"> {
  const step = copyStep(
    parts,
    { name: `[context ${name}] load from client`, slot: `context ${name}`, ignoreCache: false },
    {
      parent: fixedStep("empty", {}),
      from: [{ tree: new SentTree(context), label: "", sources: ["/"], unpacks: false }],
      request: { excludes: [], parents: false, destination: "/", files: [] },
    },
  );
  const draft = emptyDraft(platform);
  draft.history.push({ createdBy: `FROM ${name} # context`, step });
  return { draft, step };
}
