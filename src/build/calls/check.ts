import { parseDockerfile } from "../dockerfile/parse-dockerfile.ts";
import type { SourceRange } from "../dockerfile/node.ts";
import { type LintConfig, lintCollector, lintConfigOf } from "../instructions/lint-config.ts";
import type { Dockerfile } from "../instructions/instruction.ts";
import type { LintWarning } from "../instructions/lint-warning.ts";
import { readInstructions } from "../instructions/read-instructions.ts";
import { type LintInputs, lintStages } from "./lint-stages.ts";

/** A Dockerfile that was read and checked. */
export interface Checked {
  file: Dockerfile;
  warnings: readonly LintWarning[];
  /** What is asked of the checks; `error` makes findings errors. */
  config: LintConfig;
}

/** Reads a Dockerfile and checks it by every rule that is on. Throws DockerfileError. */
export function checkDockerfile(text: string, inputs: LintInputs): Checked {
  const parsed = parseDockerfile(text);
  const config = lintConfigOf(parsed, inputs.given);
  const { warnings, warn } = lintCollector(config);
  const file = readInstructions(parsed, config);
  lintStages(file, inputs, warn);
  return { file, warnings: [...file.warnings, ...warnings], config };
}

export interface SourceLocation {
  sourceIndex?: number;
  ranges: { start: { line: number }; end: { line: number } }[];
}

/** The answer of `call=check`, in BuildKit's form. */
export interface CheckAnswer {
  warnings:
    | { ruleName: string; description: string; url: string; detail: string; location: SourceLocation }[]
    | null;
  sources: { filename: string; data: string; language: "Dockerfile" }[];
}

/** Findings by the lines they stand in. */
export function checkAnswer({ warnings }: Checked, filename: string, text: string): CheckAnswer {
  const sorted = warnings.toSorted((a, b) => firstLine(a.ranges) - firstLine(b.ranges));
  const found = sorted.map(({ rule, description, url, detail, ranges }) => ({
    ruleName: rule,
    description,
    url,
    detail,
    location: locationOf(ranges),
  }));
  const data = Buffer.from(text).toString("base64");
  return {
    warnings: found.length === 0 ? null : found,
    sources: [{ filename, data, language: "Dockerfile" }],
  };
}

/** BuildKit tells each line by itself. */
export function locationOf(ranges: readonly SourceRange[]): SourceLocation {
  const lines = ranges.flatMap(({ startLine, endLine }) =>
    Array.from({ length: endLine - startLine + 1 }, (_, index) => startLine + index),
  );
  return { ranges: lines.map((line) => ({ start: { line }, end: { line } })) };
}

function firstLine([range]: readonly SourceRange[]): number {
  return range?.startLine ?? 0;
}
