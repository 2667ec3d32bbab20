import { parseDockerfile } from "../dockerfile/parse-dockerfile.ts";
import { DockerfileError } from "../dockerfile/dockerfile-error.ts";
import type { SourceRange } from "../dockerfile/node.ts";
import { type LintConfig, lintConfigOf, lintReporter } from "../instructions/lint-config.ts";
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

/**
 * Reads a Dockerfile and checks it by every rule that is on. Throws DockerfileError; what was found by then is in `found`, as it is at
 * the end.
 */
export function checkDockerfile(text: string, inputs: LintInputs, found: LintWarning[] = []): Checked {
  const parsed = parseDockerfile(text);
  const config = lintConfigOf(parsed, inputs.given);
  const warn = lintReporter(config, (warning) => void found.push(warning));
  const file = readInstructions(parsed, config);
  found.push(...file.warnings);
  lintStages(file, inputs, warn);
  return { file, warnings: found, config };
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
  /** Why it could not be built. */
  buildError?: { message: string; location: Partial<SourceLocation> };
}

/** Findings by the lines they stand in. */
export function checkAnswer(
  warnings: readonly LintWarning[],
  filename: string,
  text: string,
  error?: DockerfileError,
): CheckAnswer {
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
    ...(error !== undefined && {
      buildError: {
        message: error.message,
        location: error.ranges.length === 0 ? {} : locationOf(error.ranges),
      },
    }),
  };
}

/** What findings are where they are to be errors; undefined where there are none. */
export function lintViolation(warnings: readonly LintWarning[]): DockerfileError | undefined {
  if (warnings.length === 0) return undefined;
  const rules = [...new Set(warnings.map(({ rule }) => rule))].join(", ");
  return new DockerfileError(`lint violation found for rules: ${rules}`, []);
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
