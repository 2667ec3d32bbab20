import type { BuildTrace } from "../../../spec/api/build.ts";

/** Shows how a build goes on. */
export interface ProgressPrinter {
  trace(trace: BuildTrace): void;
  /** Text of an engine that sends no trace. */
  text(text: string): void;
  /** After the last: leaves the terminal in order, and shows what failed. */
  end(): void;
}
