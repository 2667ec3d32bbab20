import type { SourceRange } from "../dockerfile/node.ts";

/** One finding of `build --check`, in BuildKit's names and words. */
export interface LintWarning {
  /** `StageNameCasing`, `JSONArgsRecommended`, … */
  rule: string;
  /** What the rule asks for, in general. */
  description: string;
  url: string;
  /** What is wrong here. */
  detail: string;
  ranges: readonly SourceRange[];
}
