import type { SourceRange } from "../dockerfile/node.ts";
import type { LintWarning } from "./lint-warning.ts";

interface Rule {
  description: string;
  detail: (...values: string[]) => string;
  /** Off unless `check=experimental=…` names it. */
  experimental?: boolean;
}

const quote = (text = "") => JSON.stringify(text);
const meant = (near = "") => (near === "" ? "" : ` (did you mean ${near}?)`);

/** BuildKit's rules by name, in its words. Details take the values that the finding is about. */
// biome-ignore format: a table
const rules = {
  ConsistentInstructionCasing: {
    description: "All commands within the Dockerfile should use the same casing (either upper or lower)",
    detail: (keyword, casing) => `Command '${keyword}' should match the case of the command majority (${casing})`,
  },
  CopyIgnoredFile: {
    description: "Attempting to Copy file that is excluded by .dockerignore",
    detail: (instruction, file) => `Attempting to ${instruction} file ${quote(file)} that is excluded by .dockerignore`,
    experimental: true,
  },
  DuplicateStageName: {
    description: "Stage names should be unique",
    detail: (name) => `Duplicate stage name ${quote(name)}, stage names should be unique`,
  },
  ExposeInvalidFormat: {
    description: "IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a future release",
    detail: (port) => `EXPOSE instruction should not define an IP address or host-port mapping, found '${port}'`,
  },
  ExposeProtoCasing: {
    description: "Protocol in EXPOSE instruction should be lowercase",
    detail: (port) => `Defined protocol '${port}' in EXPOSE instruction should be lowercase`,
  },
  FromAsCasing: {
    description: "The 'as' keyword should match the case of the 'from' keyword",
    detail: (as, from) => `'${as}' and '${from}' keywords' casing do not match`,
  },
  FromPlatformFlagConstDisallowed: {
    description: "FROM --platform flag should not use a constant value",
    detail: (platform) => `FROM --platform flag should not use constant value ${quote(platform)}`,
  },
  InvalidBaseImagePlatform: {
    description: "Base image platform does not match expected target platform",
    detail: (base, actual, expected) => `Base image ${base} was pulled with platform ${quote(actual)}, expected ${quote(expected)} for current build`,
  },
  InvalidDefaultArgInFrom: {
    description: "Default value for global ARG results in an empty or invalid base image name",
    detail: (base) => `Default value for ARG ${base} results in empty or invalid base image name`,
  },
  InvalidDefinitionDescription: {
    description: "Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`. If this is not intended to be a description comment, add an empty line or comment between the instruction and the comment.",
    detail: (instruction, name) => `Comment for ${instruction} should follow the format: \`# ${name} <description>\``,
    experimental: true,
  },
  JSONArgsRecommended: {
    description: "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals",
    detail: (instruction) => `JSON arguments recommended for ${instruction} to prevent unintended behavior related to OS signals`,
  },
  LegacyKeyValueFormat: {
    description: "Legacy key/value format with whitespace separator should not be used",
    detail: (instruction) => `"${instruction} key=value" should be used instead of legacy "${instruction} key value" format`,
  },
  MaintainerDeprecated: {
    description: "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
    detail: () => "Maintainer instruction is deprecated in favor of using label",
  },
  MultipleInstructionsDisallowed: {
    description: "Multiple instructions of the same type should not be used in the same stage",
    detail: (instruction) => `Multiple ${instruction} instructions should not be used in the same stage because only the last one will be used`,
  },
  NoEmptyContinuation: {
    description: "Empty continuation lines will become errors in a future release",
    detail: () => "Empty continuation line",
  },
  RedundantTargetPlatform: {
    description: "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
    detail: (variable) => `Setting platform to predefined ${variable} in FROM is redundant as this is the default behavior`,
  },
  ReservedStageName: {
    description: "Reserved words should not be used as stage names",
    detail: (name) => `Stage name should not use the same name as reserved stage ${quote(name)}`,
  },
  SecretsUsedInArgOrEnv: {
    description: "Sensitive data should not be used in the ARG or ENV commands",
    detail: (instruction, name) => `Do not use ARG or ENV instructions for sensitive data (${instruction} ${quote(name)})`,
  },
  StageNameCasing: {
    description: "Stage names should be lowercase",
    detail: (name) => `Stage name '${name}' should be lowercase`,
  },
  UndefinedArgInFrom: {
    description: "FROM command must use declared ARGs",
    detail: (name, near) => `FROM argument '${name}' is not declared${meant(near)}`,
  },
  UndefinedVar: {
    description: "Variables should be defined before their use",
    detail: (name, near) => `Usage of undefined variable '$${name}'${meant(near)}`,
  },
  WorkdirRelativePath: {
    description: "Relative workdir without an absolute workdir declared within the build can have unexpected results if the base image changes",
    detail: (path) => `Relative workdir ${quote(path)} can have unexpected results if the base image changes`,
  },
} satisfies Record<string, Rule>;

export type RuleName = keyof typeof rules;

/** Reports one finding. */
export type Warn = (rule: RuleName, ranges: readonly SourceRange[], ...values: string[]) => void;

export function isExperimental(name: RuleName): boolean {
  return (rules[name] as Rule).experimental ?? false;
}

/** A finding in full; `values` go into the rule's words. */
export function lintWarning(name: RuleName, ranges: readonly SourceRange[], values: string[]): LintWarning {
  const { description, detail }: Rule = rules[name];
  const page = name.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, "-").toLowerCase();
  const url = `https://docs.docker.com/go/dockerfile/rule/${page}/`;
  return { rule: name, description, url, detail: detail(...values), ranges };
}
