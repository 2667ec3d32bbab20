import type { ImageConfigFile } from "../spec/oci-image.ts";
import type { BuildPlan } from "./build-service.ts";
import type { ImageDraft } from "./graph/image-draft.ts";
import { imageFile } from "./graph/image-file.ts";
import type { PlannedLine } from "./graph/stage-state.ts";
import type { BuildParts, Snapshot } from "./ops/build-parts.ts";
import type { Build } from "./solver/solver.ts";
import type { Step } from "./solver/step.ts";

/** The images that a build's stages are, once their steps have come to something. */
export class ImageFiles {
  readonly #parts: BuildParts;
  readonly #latestSeconds: number | undefined;
  readonly #build: Build<Snapshot>;
  readonly #done = new Map<Step<Snapshot>, Snapshot>();

  /** `latestSeconds`: every time in the images is this one. */
  constructor(parts: BuildParts, build: Build<Snapshot>, latestSeconds: number | undefined) {
    this.#parts = parts;
    this.#latestSeconds = latestSeconds;
    this.#build = build;
  }

  async result(step: Step<Snapshot>): Promise<Snapshot> {
    const snapshot = await this.#build.result(step);
    this.#done.set(step, snapshot);
    return snapshot;
  }

  async file(draft: ImageDraft, step: Step<Snapshot>): Promise<ImageConfigFile> {
    const latestSeconds = this.#latestSeconds;
    const own = draft.history.flatMap((entry) => (entry.step === undefined ? [] : [this.result(entry.step)]));
    await Promise.all(own);
    return imageFile(draft, await this.result(step), {
      layers: this.#parts.layers,
      resultOf: (each) => this.#done.get(each) ?? {},
      ...(latestSeconds !== undefined && { latestSeconds }),
    });
  }

  /** What followers of the build get, of all these instructions. */
  plan(lines: readonly PlannedLine[]): BuildPlan {
    return {
      lines,
      result: (step) => this.result(step),
      imageId: async ({ draft, fileSystem }) => {
        const config = await this.file(draft, fileSystem);
        return this.#parts.images.draft(Buffer.from(JSON.stringify(config)));
      },
    };
  }
}
