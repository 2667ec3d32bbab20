import { readFileSync } from "node:fs";
import { boundingCapabilities } from "../../linux/capabilities.ts";

/**
 * Lowering a score below the engine's own needs CAP_SYS_RESOURCE (proc(5)): without it the value is raised to what
 * is allowed, with a warning.
 */
export function containerOomScore(
  asked: number,
  mayLower = boundingCapabilities().includes("CAP_SYS_RESOURCE"),
): { score: number; warnings: string[] } {
  if (mayLower) return { score: asked, warnings: [] };
  const own = Number(readFileSync("/proc/self/oom_score_adj", "utf8"));
  if (asked >= own) return { score: asked, warnings: [] };
  const warning = `oom-score-adj ${asked} is below what this engine may set; using ${own}.`;
  // A container that asks for nothing gets the engine's own score, and no word about it.
  return { score: own, warnings: asked === 0 ? [] : [warning] };
}
