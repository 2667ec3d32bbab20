import { messageOf } from "../../base/errors.ts";
import { parseReference } from "../../spec/reference.ts";
import { parsePlatform, type Platform } from "../../spec/platform.ts";
import { parseSignal } from "../../spec/signal.ts";
import { DockerfileError } from "../dockerfile/dockerfile-error.ts";
import type { SourceRange } from "../dockerfile/node.ts";
import { exposedPorts } from "../graph/exposed-ports.ts";
import { stageNamed, stageToCopyFrom } from "../graph/stage-names.ts";
import type { Instruction, Stage } from "../instructions/instruction.ts";
import { parseMode } from "../ops/files/change-mode.ts";
import { parseGitReference } from "../remote/git-reference.ts";

/** What a build would only find out when it gets there: values that mean nothing. Throws DockerfileError in the build's own words. */
export function checkValues(instruction: Instruction, stages: readonly Stage[], index: number): void {
  located(instruction.range, () => {
    switch (instruction.kind) {
      case "expose":
        return void exposedPorts(instruction.ports);
      case "stopsignal":
        return void parseSignal(instruction.signal);
      case "copy":
        if (instruction.from !== undefined) stageToCopyFrom(stages, instruction.from, index);
        return checkMode(instruction.chmod);
      case "add":
        if (instruction.checksum !== undefined && instruction.sources.some(isLocal))
          throw new Error("checksum requires HTTP(S) or Git sources");
        return checkMode(instruction.chmod);
      default:
        return;
    }
  });
}

/** The base of a stage by its name, variables replaced. Throws DockerfileError. */
export function checkBase(base: string, stages: readonly Stage[], index: number): void {
  const stage = stages[index];
  if (stage === undefined || stageNamed(stages, base, index) !== undefined || base === "") return;
  located(stage.range, () => {
    try {
      parseReference(base);
    } catch (error) {
      throw new Error(`failed to parse stage name ${JSON.stringify(base)}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  });
}

/** The platform of a FROM, variables replaced. Throws DockerfileError. */
export function stagePlatform(text: string, range: SourceRange): Platform {
  try {
    return parsePlatform(text);
  } catch (error) {
    throw new DockerfileError(`failed to parse platform ${text}: ${messageOf(error)}`, [range], error);
  }
}

function checkMode(mode: string | undefined): void {
  if (mode !== undefined) parseMode(mode);
}

function isLocal(source: string): boolean {
  return !/^https?:\/\//.test(source) && parseGitReference(source, "add") === undefined;
}

function located(range: SourceRange, check: () => void): void {
  try {
    check();
  } catch (error) {
    throw new DockerfileError(messageOf(error), [range], error);
  }
}
