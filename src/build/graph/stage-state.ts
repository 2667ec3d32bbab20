import type { EscapeCharacter, SourceRange } from "../dockerfile/node.ts";
import type { Scope } from "../instructions/scope.ts";
import type { Snapshot } from "../ops/build-parts.ts";
import type { Step } from "../solver/step.ts";
import type { ImageDraft } from "./image-draft.ts";

/** A stage while its instructions are gone through. */
export interface StageState {
  /** In step names; empty for the only stage of a Dockerfile. */
  name: string;
  /** Its number in the Dockerfile. */
  index: number;
  draft: ImageDraft;
  /** The file system so far. */
  step: Step<Snapshot>;
  scope: Scope;
  shell: readonly string[];
  /** A CMD of this stage: an ENTRYPOINT after it leaves it. */
  hasCmd: boolean;
  escape: EscapeCharacter;
  ignoreCache: boolean;
  /** Counts the steps for their names. */
  position: number;
  total: number;
}

/** What the classic builder prints of one instruction. */
export interface PlannedLine {
  /** `RUN make`. */
  text: string;
  range: SourceRange;
  stage: number;
  /** The step that belongs to it alone. */
  step?: Step<Snapshot>;
  /** The stage as it is after it. */
  draft: ImageDraft;
  fileSystem: Step<Snapshot>;
}
