import { EngineError } from "../../base/errors.ts";
import type { LocalImageService } from "../../images/local-image-service.ts";
import { hostPlatform } from "../../spec/platform.ts";
import type { BuildRequest } from "../build-request.ts";
import { predefinedArguments } from "../instructions/predefined-args.ts";
import type { LintInputs } from "./lint-stages.ts";

type Asked = Pick<BuildRequest, "buildArgs" | "platform" | "target">;

/** What the checks are told of a build: nothing is fetched for them, images that are here are looked at. */
export function lintInputsOf({ buildArgs, platform, target }: Asked, images: LocalImageService): LintInputs {
  return {
    given: buildArgs,
    predefined: predefinedArguments(hostPlatform(), platform ?? hostPlatform(), target),
    baseEnvironment: (base) => environmentOf(images, base),
  };
}

function environmentOf(images: LocalImageService, reference: string): readonly string[] | undefined {
  try {
    return images.get(reference).config.config?.Env ?? [];
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}
