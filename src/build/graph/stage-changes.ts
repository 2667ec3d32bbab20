import type { Snapshot } from "../ops/build-parts.ts";
import type { Step } from "../solver/step.ts";
import type { Planner } from "./planner.ts";
import type { StageState } from "./stage-state.ts";
import type { Placed } from "./steps.ts";

/** A line of history without a layer. */
export function remember({ draft }: StageState, createdBy: string): void {
  const author = draft.author === "" ? {} : { author: draft.author };
  draft.history.push({ createdBy, ...author });
}

/** A line of history with its layer: from here on the stage stands on `step`. */
export function stepOn(state: StageState, step: Step<Snapshot>, createdBy: string): void {
  const author = state.draft.author === "" ? {} : { author: state.draft.author };
  state.step = step;
  state.draft.history.push({ createdBy, step, ...author });
}

/** Name and place of the next step of a stage. */
export function placeStep(planner: Planner, state: StageState, text: string): Placed {
  const { label, project } = planner.options;
  state.position += 1;
  const stage = state.name === "" ? "" : `${state.name} `;
  return {
    name: `[${label}${stage}${state.position}/${state.total}] ${text}`,
    slot: `${project}/${label}${state.index} ${state.name}/${state.position}`,
    ignoreCache: state.ignoreCache,
  };
}

/** What runs command lines: SHELL. */
export function shellOf({ draft }: StageState): readonly string[] {
  return draft.config.Shell ?? ["/bin/sh", "-c"];
}
