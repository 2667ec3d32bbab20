import { messageOf } from "../../base/errors.ts";
import { DockerfileError } from "../dockerfile/dockerfile-error.ts";
import type { Node, ParsedDockerfile } from "../dockerfile/node.ts";
import { parseInstruction } from "../dockerfile/parse-dockerfile.ts";
import { checkCasing } from "./casing.ts";
import type { ArgInstruction, Dockerfile, Instruction, Stage } from "./instruction.ts";
import { type LintConfig, lintCollector, lintConfigOf } from "./lint-config.ts";
import type { Warn } from "./lint-rules.ts";
import { readInstruction } from "./read-instruction.ts";

type OpenStage = Stage & { instructions: Instruction[] };

/**
 * Understands a Dockerfile that was taken apart. `lint` is what the caller asks of the checks, before what the file's own
 * `# check=` says. Throws DockerfileError with the lines.
 */
export function readInstructions(parsed: ParsedDockerfile, lint?: LintConfig): Dockerfile {
  const { nodes, directives, lines, emptyContinuations } = parsed;
  const { warnings, warn } = lintCollector(lint ?? lintConfigOf(parsed));
  for (const range of emptyContinuations) warn("NoEmptyContinuation", [range]);
  const metaArgs: ArgInstruction[] = [];
  const stages: OpenStage[] = [];
  for (const node of nodes) {
    const read = located(node, warn);
    const stage = stages.at(-1);
    if ("stage" in read) stages.push({ ...read.stage, instructions: [] });
    else if (stage !== undefined) stage.instructions.push(read.instruction);
    else if (read.instruction.kind === "arg") metaArgs.push(read.instruction);
    else throw new DockerfileError("no build stage in current context", [node.range]);
  }
  checkCasing(nodes, warn);
  if (stages.length === 0) throw new DockerfileError("dockerfile contains no stages to build", []);
  return { directives, metaArgs, stages, warnings, lines };
}

/** Understands an image's ONBUILD trigger, such as `RUN make`. Throws DockerfileError. */
export function readTrigger(expression: string): Instruction {
  const node = parseInstruction(expression);
  const read = located(node, () => {});
  if ("stage" in read) throw new DockerfileError("FROM isn't allowed as an ONBUILD trigger", [node.range]);
  return read.instruction;
}

function located(node: Node, warn: Warn): ReturnType<typeof readInstruction> {
  try {
    return readInstruction(node, warn);
  } catch (error) {
    const message = `dockerfile parse error on line ${node.range.startLine}: ${messageOf(error)}`;
    throw new DockerfileError(message, [node.range], error);
  }
}
