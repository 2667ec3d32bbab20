import { EngineError } from "../../base/errors.ts";
import type { SourceRange } from "./node.ts";

/** What is wrong with a Dockerfile and in which lines. The message is complete; the ranges are for the excerpt beside it. */
export class DockerfileError extends EngineError {
  readonly ranges: readonly SourceRange[];

  constructor(message: string, ranges: readonly SourceRange[], cause?: unknown) {
    super("invalid", message, cause);
    this.name = "DockerfileError";
    this.ranges = ranges;
  }
}
