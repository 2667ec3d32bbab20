import type { Node } from "../dockerfile/node.ts";
import type { Warn } from "./lint-rules.ts";

/** Instructions that are not written as most are; a tie is upper case. */
export function checkCasing(nodes: readonly Node[], warn: Warn): void {
  const lower = nodes.filter(({ keyword }) => keyword === keyword.toLowerCase()).length;
  const upper = nodes.filter(({ keyword }) => keyword === keyword.toUpperCase()).length;
  const casing = lower > upper ? "lowercase" : "uppercase";
  for (const { keyword, range } of nodes) {
    const wanted = casing === "lowercase" ? keyword.toLowerCase() : keyword.toUpperCase();
    if (keyword !== wanted) warn("ConsistentInstructionCasing", [range], keyword, casing);
  }
}
