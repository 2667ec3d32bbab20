import { messageOf } from "../../base/errors.ts";
import { DockerfileError } from "../dockerfile/dockerfile-error.ts";
import type { ParsedDockerfile } from "../dockerfile/node.ts";
import { isExperimental, lintWarning, type RuleName, type Warn } from "./lint-rules.ts";
import type { LintWarning } from "./lint-warning.ts";
import type { GivenArguments } from "./scope.ts";

/** The build argument that stands in for `# check=`. */
export const checkArgument = "BUILDKIT_DOCKERFILE_CHECK";

/** What `# check=…` or BUILDKIT_DOCKERFILE_CHECK asks for. */
export interface LintConfig {
  skip: "all" | readonly string[];
  experimental: "all" | readonly string[];
  /** Findings make the build fail. */
  error: boolean;
}

const defaults: LintConfig = { skip: [], experimental: [], error: false };

/** Reads `skip=Rule,Rule;experimental=all;error=true`. Throws an Error in BuildKit's words. */
export function parseLintConfig(text: string | undefined): LintConfig {
  const config = { ...defaults };
  for (const option of (text ?? "").split(";")) {
    if (option.trim() === "") continue;
    const [name = "", value] = option.split(/=(.*)/s, 2).map((part) => part.trim());
    if (value === undefined) throw new Error(`invalid check option ${JSON.stringify(option)}`);
    if (name === "skip" || name === "experimental") config[name] = ruleNames(value);
    else if (name === "error") config.error = parseError(option, value);
    else throw new Error(`invalid check option ${JSON.stringify(name)}`);
  }
  return config;
}

function configOf(argument: string): LintConfig {
  try {
    return parseLintConfig(argument);
  } catch (error) {
    const message = `failed to parse build-arg:${checkArgument}: ${messageOf(error)}`;
    throw new DockerfileError(message, [], error);
  }
}

function ruleNames(value: string): "all" | string[] {
  const names = value.split(",").map((name) => name.trim());
  return names.includes("all") ? "all" : names;
}

function parseError(option: string, value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  const said = `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`;
  throw new Error(`failed to parse check option ${JSON.stringify(option)}: ${said}`);
}

/** Gathers findings, without those that are not wanted. */
export function lintCollector(config: LintConfig): { warnings: LintWarning[]; warn: Warn } {
  const warnings: LintWarning[] = [];
  return { warnings, warn: lintReporter(config, (warning) => void warnings.push(warning)) };
}

/** Hands on findings, without those that are not wanted. */
export function lintReporter(config: LintConfig, report: (warning: LintWarning) => void): Warn {
  return (rule, ranges, ...values) => {
    if (wanted(rule, config)) report(lintWarning(rule, ranges, values));
  };
}

function wanted(rule: RuleName, { skip, experimental }: LintConfig): boolean {
  if (isExperimental(rule)) return experimental === "all" || experimental.includes(rule);
  return skip !== "all" && !skip.includes(rule);
}

/** What the build argument asks for, else what the Dockerfile's own `# check=` line does. Throws DockerfileError. */
export function lintConfigOf(
  { directives, directiveRanges }: ParsedDockerfile,
  given: GivenArguments = new Map(),
): LintConfig {
  const asked = given.get(checkArgument);
  if (asked !== undefined) return configOf(asked);
  try {
    return parseLintConfig(directives.check);
  } catch (error) {
    const range = directiveRanges.check;
    throw new DockerfileError(
      `failed to parse check options: ${messageOf(error)}`,
      range === undefined ? [] : [range],
      error,
    );
  }
}
