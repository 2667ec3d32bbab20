import type { ImageConfigFile, ImageRunConfig, Platform } from "../../spec/oci-image.ts";
import type { Snapshot } from "../ops/build-parts.ts";
import type { Step } from "../solver/step.ts";

/** One line of an image's history. Without a time of its own it has that of the layer it stands on. */
export interface DraftHistory {
  createdBy: string;
  /** What made the layer that belongs to it alone. */
  step?: Step<Snapshot>;
  author?: string;
}

/** The image of a stage while its instructions are gone through. */
export interface ImageDraft {
  platform: Platform & Pick<ImageConfigFile, "os.version" | "os.features">;
  config: ImageRunConfig;
  author: string;
  /** What came with the base. */
  inherited: NonNullable<ImageConfigFile["history"]>;
  history: DraftHistory[];
}

const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** `FROM scratch`. */
export function emptyDraft(platform: Platform): ImageDraft {
  return {
    platform,
    config: { Env: [defaultPath], WorkingDir: "/" },
    author: "",
    inherited: [],
    history: [],
  };
}

/** `FROM` an image: what it sets, without what was meant for its own build. */
export function draftFrom(file: ImageConfigFile): ImageDraft {
  const { OnBuild: _triggers, ...config } = file.config ?? {};
  return {
    platform: {
      os: file.os,
      architecture: file.architecture,
      ...(file.variant !== undefined && { variant: file.variant }),
      ...(file["os.version"] !== undefined && { "os.version": file["os.version"] }),
      ...(file["os.features"] !== undefined && { "os.features": file["os.features"] }),
    },
    config: structuredClone(config),
    author: file.author ?? "",
    inherited: file.history ?? [],
    history: [],
  };
}

/** `FROM` another stage. */
export function copyDraft(draft: ImageDraft): ImageDraft {
  return { ...draft, config: structuredClone(draft.config), history: [...draft.history] };
}

/** `NAME=value` entries with one set: in its place, or at the end. */
export function withVariable(env: readonly string[], name: string, value: string): string[] {
  const entry = `${name}=${value}`;
  const at = env.findIndex((each) => each.startsWith(`${name}=`));
  return at < 0 ? [...env, entry] : env.with(at, entry);
}
