import { posix } from "node:path";
import type { AddInstruction, CopyInstruction } from "../instructions/instruction.ts";
import type { CopyRequest } from "../ops/copy.ts";
import { commitText } from "./commit-text.ts";
import type { Planner } from "./planner.ts";
import { placeStep, stepOn } from "./stage-changes.ts";
import type { StageState } from "./stage-state.ts";
import { copyStep } from "./steps.ts";

/** COPY and ADD. */
export async function dispatchTransfer(
  planner: Planner,
  state: StageState,
  transfer: AddInstruction | CopyInstruction,
): Promise<void> {
  const from =
    transfer.kind === "copy" && transfer.from !== undefined
      ? await planner.source(transfer.from, state.index)
      : { tree: planner.context() };
  const placed = placeStep(planner, state, transfer.text);
  const request = copyRequest(planner, state, transfer);
  const step = copyStep(planner.options.parts, placed, { parent: state.step, from, request });
  stepOn(state, step, `${commitText(transfer)} # buildkit`);
}

function copyRequest(
  planner: Planner,
  state: StageState,
  transfer: AddInstruction | CopyInstruction,
): CopyRequest {
  const { latestSeconds } = planner.options;
  const { sources, excludes, chown, chmod, inlineFiles } = transfer;
  return {
    sources,
    excludes,
    parents: transfer.kind === "copy" && transfer.parents,
    destination: destinationOf(state, transfer),
    files: inlineFiles.map(({ name, content }) => ({ name, content })),
    ...(chown !== undefined && { chown }),
    ...(chmod !== undefined && { chmod }),
    ...(latestSeconds !== undefined && { latestSeconds }),
  };
}

/** Absolute; several sources need a directory. */
function destinationOf(
  { draft }: StageState,
  { destination, sources, inlineFiles }: AddInstruction | CopyInstruction,
): string {
  const path = posix.resolve("/", draft.config.WorkingDir ?? "", destination);
  const isDirectory = /(?:^|\/)\.?$/.test(destination);
  if (sources.length + inlineFiles.length > 1 && !isDirectory)
    throw new Error(
      "When using COPY with more than one source file, the destination must be a directory and end with a /",
    );
  return isDirectory && path !== "/" ? `${path}/` : path;
}
