import type { Snapshot } from "../ops/build-parts.ts";
import type { Change, Step } from "../solver/step.ts";

/** Longer values are cut. */
const mostCharacters = 80;

/**
 * Why a step ran, in words: which of its inputs is another one than in the last build, the most telling first. Empty where there is
 * nothing to compare with.
 */
export function explanation(step: Step<Snapshot>, changes: readonly Change[] | undefined): string[] {
  if (changes === undefined) return [];
  if (changes.length === 0) return ["not cached: its result is no longer kept"];
  return changes
    .toSorted((a, b) => rank(a) - rank(b))
    .map((change) => `not cached: ${sentence(step, change)}`);
}

/** What stands before it has changed: that is told where it happened. */
const parent = "the step before";

function rank({ input }: Change): number {
  if (input === "instruction" || input === "operation") return 0;
  return input === parent ? 2 : 1;
}

function sentence(step: Step<Snapshot>, { kind, input, before, after }: Change): string {
  const [base] = step.inputs;
  const isBase = input === parent && base?.ephemeral === true;
  const name = isBase ? "the base image" : input;
  if (input.startsWith("file ") || input.startsWith("inline file ")) return `${name} ${kind}`;
  if (input === parent && !isBase) return `${name} has changed`;
  if (kind === "added") return `${name} was added: ${shown(after)}`;
  if (kind === "removed") return `${name} was removed: ${shown(before)}`;
  return `${name} changed from ${shown(before)} to ${shown(after)}`;
}

function shown(value = ""): string {
  const digest = /^sha256:[0-9a-f]{64}$/.test(value) ? value.slice(0, 19) : JSON.stringify(value);
  return digest.length > mostCharacters ? `${digest.slice(0, mostCharacters)}…` : digest;
}
