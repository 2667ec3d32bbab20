import { formatPlatform, normalizePlatform, type Platform } from "../../spec/platform.ts";
import { parseReference } from "../../spec/reference.ts";
import { expand } from "../expansion/expand.ts";
import type { Dockerfile, Stage } from "../instructions/instruction.ts";
import type { Warn } from "../instructions/lint-rules.ts";
import { globalArguments, type GivenArguments, Scope } from "../instructions/scope.ts";
import { nearWord } from "../instructions/suggestion.ts";
import { checkBase, checkValues, stagePlatform } from "./check-values.ts";
import { lintInstruction, type StageFacts } from "./lint-instruction.ts";

export interface LintInputs {
  given: GivenArguments;
  predefined: ReadonlyMap<string, string>;
  /** The environment of a base image, as `NAME=value`; undefined if it is not at hand: nothing is then said of unset variables. */
  baseEnvironment: (base: string) => readonly string[] | undefined;
  /** What a base image that is at hand was made for. */
  basePlatform?: (base: string) => Platform | undefined;
  /** The platform that is built for. */
  platform?: Platform;
  /** Also finds values that mean nothing, as a build would when it gets there. */
  checksValues?: boolean;
  /** Whether the ignore file leaves a path of the context out. */
  ignored?: (path: string) => boolean;
}

/** A stage at its end: what a stage built on it begins with. */
interface Finished {
  scope: Scope;
  facts: StageFacts;
}

/** The checks that need values: of FROM lines and of the instructions of every stage. Throws DockerfileError. */
export function lintStages(file: Dockerfile, inputs: LintInputs, warn: Warn): void {
  const globals = globalArguments(file, inputs.given, inputs.predefined);
  const defaults = globalArguments(file, new Map(), inputs.predefined);
  const finished = new Map<string, Finished>();
  const { ignored = () => false } = inputs;
  const options = { escape: file.directives.escape, warn, ignored };
  const declared = new Set(file.metaArgs.flatMap(({ args }) => args.map(({ name }) => name)));
  for (const [index, stage] of file.stages.entries()) {
    lintFrom(stage, { globals, defaults, finished, declared }, warn);
    const base = expand(stage.base, (name) => globals.get(name)).text;
    lintPlatform(stage, base, { globals, finished, inputs }, warn);
    const scope = new Scope(inputs.given, globals, file.directives.escape);
    const facts = beginStage(base, scope, finished, inputs);
    if (inputs.checksValues === true) checkBase(base, file.stages, index);
    for (const instruction of stage.instructions) {
      const expanded = lintInstruction(instruction, scope, facts, options);
      if (inputs.checksValues === true) checkValues(expanded, file.stages, index);
    }
    if (stage.name === undefined) continue;
    if (finished.has(stage.name)) warn("DuplicateStageName", [stage.range], stage.name);
    finished.set(stage.name, { scope, facts });
  }
}

interface FromInputs {
  globals: ReadonlyMap<string, string>;
  defaults: ReadonlyMap<string, string>;
  finished: ReadonlyMap<string, Finished>;
  /** Arguments before the first FROM, with a value or without. */
  declared: ReadonlySet<string>;
}

function lintFrom(
  { base, platform, range }: Stage,
  { globals, defaults, finished, declared }: FromInputs,
  warn: Warn,
): void {
  for (const word of [base, platform ?? ""])
    for (const name of expand(word, (name) => globals.get(name)).unset)
      if (!declared.has(name))
        warn("UndefinedArgInFrom", [range], name, nearWord(name, globals.keys()) ?? "");
  if (base.includes("$") && !isBase(expand(base, (name) => defaults.get(name)).text, finished))
    warn("InvalidDefaultArgInFrom", [range], base);
  if (platform === "$TARGETPLATFORM" || platform === "${TARGETPLATFORM}")
    warn("RedundantTargetPlatform", [range], platform);
}

/** What is built on must be for the same machines. */
function lintPlatform(
  { platform: written, range }: Stage,
  base: string,
  { globals, finished, inputs }: Pick<FromInputs, "globals" | "finished"> & { inputs: LintInputs },
  warn: Warn,
): void {
  const text = written === undefined ? "" : expand(written, (name) => globals.get(name)).text;
  const expected = text === "" ? inputs.platform : stagePlatform(text, range);
  if (base === "scratch" || finished.has(base.toLowerCase())) return;
  const actual = inputs.basePlatform?.(base);
  if (expected === undefined || actual === undefined) return;
  if (actual.os !== expected.os || actual.architecture !== expected.architecture)
    warn(
      "InvalidBaseImagePlatform",
      [range],
      base,
      formatPlatform(normalizePlatform(actual)),
      formatPlatform(expected),
    );
}

function isBase(name: string, finished: ReadonlyMap<string, Finished>): boolean {
  if (finished.has(name.toLowerCase())) return true;
  try {
    parseReference(name);
    return true;
  } catch {
    return false;
  }
}

/** Begins with an earlier stage's end, a base image's environment, or nothing. */
function beginStage(
  base: string,
  scope: Scope,
  finished: ReadonlyMap<string, Finished>,
  { baseEnvironment }: LintInputs,
): StageFacts {
  const stage = finished.get(base.toLowerCase());
  if (stage !== undefined) {
    scope.inherit(stage.scope);
    return { ...stage.facts, last: new Map() };
  }
  const pairs = base === "scratch" ? [] : baseEnvironment(base);
  scope.set("PATH", "");
  for (const pair of pairs ?? []) {
    const [name = "", value = ""] = pair.split(/=(.*)/s, 2);
    scope.set(name, value);
  }
  return { known: pairs !== undefined, workdir: false, shell: false, last: new Map() };
}
