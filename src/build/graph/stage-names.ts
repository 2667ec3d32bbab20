import type { Stage } from "../instructions/instruction.ts";

/**
 * The stage that a `from` names, seen from the stage `before`; undefined if it is an image's name. Throws an Error in BuildKit's
 * words for stages that cannot be copied from there.
 */
export function stageToCopyFrom(stages: readonly Stage[], name: string, before: number): number | undefined {
  const earlier = stageNamed(stages, name, before);
  if (earlier !== undefined) return earlier;
  const index = stageNamed(stages, name, stages.length);
  if (index === undefined) {
    if (/^\d+$/.test(name)) throw new Error(`invalid stage index ${name}`);
    return undefined;
  }
  if (index === before) throw new Error(`circular dependency detected on stage: ${shownName(stages, index)}`);
  throw new Error(
    `cannot copy from stage ${JSON.stringify(name)}, it needs to be defined before current stage ${JSON.stringify(shownName(stages, before))}`,
  );
}

/** The last stage before `before` with this name or number. */
export function stageNamed(stages: readonly Stage[], name: string, before: number): number | undefined {
  const wanted = name.toLowerCase();
  const named = stages.findLastIndex((stage, index) => index < before && stage.name === wanted);
  if (named >= 0) return named;
  return /^\d+$/.test(name) && Number(name) < before ? Number(name) : undefined;
}

function shownName(stages: readonly Stage[], index: number): string {
  return stages[index]?.name ?? `stage-${index}`;
}
