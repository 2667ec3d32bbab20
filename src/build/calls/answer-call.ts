import { EngineError } from "../../base/errors.ts";
import type { LocalImageService } from "../../images/local-image-service.ts";
import type { BuildRequest } from "../build-request.ts";
import { DockerfileError } from "../dockerfile/dockerfile-error.ts";
import type { LintWarning } from "../instructions/lint-warning.ts";
import { checkAnswer, checkDockerfile, lintViolation } from "./check.ts";
import { outlineAnswer } from "./outline.ts";
import { lintInputsOf } from "./request-lint.ts";
import type { LintInputs } from "./lint-stages.ts";
import { targetsAnswer } from "./targets.ts";

/** The answer of `call=…` in BuildKit's form, and whether the command is to fail. */
export interface CallAnswer {
  json: unknown;
  failed: boolean;
}

type Asked = Pick<BuildRequest, "dockerfile" | "buildArgs" | "platforms" | "target" | "context" | "ignore">;

/** Answers what is asked of a Dockerfile in place of building it. Throws DockerfileError; `invalid` for an unknown method. */
export function answerCall(method: string, request: Asked, images: LocalImageService): CallAnswer {
  const { name, text } = request.dockerfile;
  const inputs = lintInputsOf(request, images);
  if (method === "check") return answerCheck(name, text, { ...inputs, checksValues: true });
  const checked = checkDockerfile(text, inputs);
  switch (method) {
    case "outline":
      return {
        json: outlineAnswer(checked.file, { ...inputs, target: request.target, text }),
        failed: false,
      };
    case "targets":
      return { json: targetsAnswer(checked.file, text), failed: false };
    default:
      throw new EngineError("invalid", `unsupported call method ${JSON.stringify(method)}`);
  }
}

function answerCheck(name: string, text: string, inputs: LintInputs): CallAnswer {
  const warnings: LintWarning[] = [];
  try {
    const { config } = checkDockerfile(text, inputs, warnings);
    const error = config.error && lintViolation(warnings);
    return { json: checkAnswer(warnings, name, text, error || undefined), failed: warnings.length > 0 };
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    return { json: checkAnswer(warnings, name, text, error), failed: true };
  }
}
