import { EngineError } from "../../base/errors.ts";
import type { SourceRange } from "../dockerfile/node.ts";
import { expand } from "../expansion/expand.ts";
import { expandInstruction } from "../instructions/expand-instruction.ts";
import type { ArgInstruction, Dockerfile, RunInstruction, Stage } from "../instructions/instruction.ts";
import { globalArguments, Scope } from "../instructions/scope.ts";
import { missingTarget } from "../instructions/missing-target.ts";
import { locationOf, type SourceLocation } from "./check.ts";
import type { LintInputs } from "./lint-stages.ts";

interface Named {
  name: string;
  location: SourceLocation;
}

/** The answer of `call=outline`: what the target can be given, in BuildKit's form. */
export interface OutlineAnswer {
  name?: string;
  description?: string;
  args?: (Named & { description?: string; value?: string })[];
  secrets?: (Named & { required?: true })[];
  ssh?: (Named & { required?: true })[];
  /** Base64. */
  sources: string[];
}

type OutlineInputs = Pick<LintInputs, "given" | "predefined"> & { target: string; text: string };

/** Throws `invalid` for a target that is not there, with the nearest one. */
export function outlineAnswer(file: Dockerfile, { target, text, ...inputs }: OutlineInputs): OutlineAnswer {
  const stage = stageOf(file, target);
  const outline = new Outline(file, inputs);
  outline.add(stage);
  const { args, secrets, ssh } = outline;
  return {
    ...(stage.name !== undefined && { name: stage.name }),
    ...(stage.description !== undefined && { description: stage.description }),
    ...(args.size > 0 && { args: [...args.values()] }),
    ...(secrets.size > 0 && { secrets: [...secrets.values()] }),
    ...(ssh.size > 0 && { ssh: [...ssh.values()] }),
    sources: [Buffer.from(text).toString("base64")],
  };
}

function stageOf({ stages }: Dockerfile, target: string): Stage {
  const lower = target.toLowerCase();
  const found =
    target === "" ? stages.at(-1) : (stages.findLast(({ name }) => name === lower) ?? stages[Number(target)]);
  if (found !== undefined) return found;
  throw new EngineError("invalid", missingTarget(target, stages));
}

/** Gathers what a stage and those it stands on take. */
class Outline {
  readonly args = new Map<string, NonNullable<OutlineAnswer["args"]>[number]>();
  readonly secrets = new Map<string, NonNullable<OutlineAnswer["secrets"]>[number]>();
  readonly ssh = new Map<string, NonNullable<OutlineAnswer["ssh"]>[number]>();
  readonly #file: Dockerfile;
  readonly #inputs: Pick<LintInputs, "given" | "predefined">;
  readonly #globals: ReadonlyMap<string, string>;
  readonly #scopes = new Map<Stage, Scope>();

  constructor(file: Dockerfile, inputs: Pick<LintInputs, "given" | "predefined">) {
    this.#file = file;
    this.#inputs = inputs;
    this.#globals = globalArguments(file, inputs.given, inputs.predefined);
  }

  /** Answers the stage's variables at its end. */
  add(stage: Stage): Scope {
    const known = this.#scopes.get(stage);
    if (known !== undefined) return known;
    const scope = new Scope(this.#inputs.given, this.#globals, this.#file.directives.escape);
    this.#scopes.set(stage, scope);
    const { text } = expand(stage.base, (name) => {
      this.#global(name);
      return this.#globals.get(name);
    });
    const base = this.#earlier(text, stage);
    if (base !== undefined) scope.inherit(base);
    for (const instruction of stage.instructions) {
      if (instruction.kind === "arg") this.#declare(instruction, scope);
      else if (instruction.kind === "run") this.#run(instruction, scope);
      else if (instruction.kind === "copy" && instruction.from !== undefined)
        this.#earlier(instruction.from, stage);
    }
    return scope;
  }

  #earlier(name: string, before: Stage): Scope | undefined {
    const stages = this.#file.stages.slice(0, this.#file.stages.indexOf(before));
    const stage = stages.findLast((other) => other.name === name.toLowerCase()) ?? stages[Number(name)];
    return stage && this.add(stage);
  }

  /** An ARG before the first FROM, once something uses it. */
  #global(name: string): boolean {
    for (const { args, range } of this.#file.metaArgs) {
      const declared = args.find((arg) => arg.name === name);
      if (declared === undefined) continue;
      this.#argument({ name, value: this.#globals.get(name), description: declared.description }, range);
      return true;
    }
    return false;
  }

  #declare(instruction: ArgInstruction, scope: Scope): void {
    for (const [index, { name, value }] of scope.declare(instruction).entries()) {
      const written = instruction.args[index];
      if (written?.value === undefined && this.#global(name)) continue;
      this.#argument({ name, value, description: written?.description }, instruction.range);
    }
  }

  #argument(
    arg: { name: string; value?: string | undefined; description?: string | undefined },
    range: SourceRange,
  ): void {
    const { name, value, description } = arg;
    this.args.set(name, {
      name,
      ...(description !== undefined && { description }),
      ...(value !== undefined && { value }),
      location: locationOf([range]),
    });
  }

  #run(run: RunInstruction, scope: Scope): void {
    const { instruction } = expandInstruction(run, scope.lookup, this.#file.directives.escape);
    for (const mount of instruction.mounts) {
      if (mount.type !== "secret" && mount.type !== "ssh") continue;
      const list = mount.type === "secret" ? this.secrets : this.ssh;
      const required = mount.required || list.get(mount.id)?.required === true;
      list.set(mount.id, {
        name: mount.id,
        ...(required && { required: true }),
        location: locationOf([run.range]),
      });
    }
  }
}
