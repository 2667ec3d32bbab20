import type { LocalImageService } from "../../images/local-image-service.ts";
import type { BuildRequest } from "../build-request.ts";
import type { Dockerfile } from "../instructions/instruction.ts";
import type { LintConfig } from "../instructions/lint-config.ts";
import type { LintWarning } from "../instructions/lint-warning.ts";
import { checkDockerfile, lintViolation } from "./check.ts";
import { lintInputsOf } from "./request-lint.ts";

/** Reads a build's Dockerfile and tells what the checks found. Throws DockerfileError, also for findings that are to be errors. */
export function readForBuild(
  request: BuildRequest,
  images: LocalImageService,
  warn: (warning: LintWarning) => void,
): { file: Dockerfile; config: LintConfig } {
  // Which images it stands on is not known yet, where they must be fetched for another platform.
  const inputs = { ...lintInputsOf(request, images), basePlatform: () => undefined };
  const { file, warnings, config } = checkDockerfile(request.dockerfile.text, inputs);
  for (const warning of warnings) warn(warning);
  const violation = config.error ? lintViolation(warnings) : undefined;
  if (violation !== undefined) throw violation;
  return { file, config };
}
