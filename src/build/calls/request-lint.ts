import { readFileSync } from "node:fs";
import { EngineError } from "../../base/errors.ts";
import type { LocalImageService } from "../../images/local-image-service.ts";
import { ignoreMatcher, parseIgnoreFile } from "../../spec/ignore-pattern.ts";
import type { ImageConfigFile } from "../../spec/oci-image.ts";
import { hostPlatform } from "../../spec/platform.ts";
import type { BuildRequest } from "../build-request.ts";
import type { BuildContext } from "../context/build-context.ts";
import { predefinedArguments } from "../instructions/predefined-args.ts";
import type { LintInputs } from "./lint-stages.ts";

type Asked = Pick<BuildRequest, "buildArgs" | "platforms" | "target" | "context" | "ignore">;

/** What the checks are told of a build: nothing is fetched for them, images that are here are looked at. */
export function lintInputsOf(asked: Asked, images: LocalImageService): LintInputs {
  const { buildArgs, target } = asked;
  const platform = asked.platforms[0] ?? hostPlatform();
  const matcher = ignoreMatcher(asked.ignore ?? ignoreFileOf(asked.context));
  return {
    platform,
    ignored: (path) => matcher.excludes(path),
    given: buildArgs,
    predefined: predefinedArguments(hostPlatform(), platform, target),
    baseEnvironment: (base) => {
      const config = configOf(images, base);
      return config && (config.config?.Env ?? []);
    },
    basePlatform: (base) => configOf(images, base),
  };
}

/** What a tar says itself. */
function ignoreFileOf(context: BuildContext): string[] {
  const entry = context.entries.get(".dockerignore");
  return entry?.kind === "file" ? parseIgnoreFile(readFileSync(context.contentPath(entry), "utf8")) : [];
}

function configOf(images: LocalImageService, reference: string): ImageConfigFile | undefined {
  try {
    return images.get(reference).config;
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}
