import type { BuildErrorSource } from "../../spec/api/build.ts";

/** A build that failed, as opposed to one that could not begin. */
export class SolveError extends Error {
  readonly source: BuildErrorSource | undefined;

  constructor(message: string, source?: BuildErrorSource) {
    super(message);
    this.name = "SolveError";
    this.source = source;
  }
}
