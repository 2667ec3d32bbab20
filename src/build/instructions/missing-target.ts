import type { Stage } from "./instruction.ts";
import { suggestion } from "./suggestion.ts";

/** What to say of a target that no stage is, with the nearest one. */
export function missingTarget(target: string, stages: readonly Stage[]): string {
  const names = stages.flatMap(({ name }) => name ?? []);
  return `target stage ${JSON.stringify(target)} could not be found${suggestion(target, names)}`;
}
