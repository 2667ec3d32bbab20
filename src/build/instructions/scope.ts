import { messageOf } from "../../base/errors.ts";
import { DockerfileError } from "../dockerfile/dockerfile-error.ts";
import type { EscapeCharacter } from "../dockerfile/node.ts";
import { expand } from "../expansion/expand.ts";
import type { ArgInstruction, Dockerfile } from "./instruction.ts";

/** An argument as a stage has it: without a value it is declared only. */
export interface DeclaredArgument {
  name: string;
  value?: string;
  /** Variables its default used that were not set. */
  unset: ReadonlySet<string>;
}

/** What `--build-arg` gave, by name. */
export type GivenArguments = ReadonlyMap<string, string>;

/**
 * The values of the arguments before the first FROM, over the predefined ones: what FROM lines use, and what a stage's `ARG
 * name` inherits. Throws DockerfileError.
 */
export function globalArguments(
  { metaArgs, directives }: Dockerfile,
  given: GivenArguments,
  predefined: ReadonlyMap<string, string>,
): Map<string, string> {
  const scope = new Scope(given, new Map(), directives.escape);
  for (const [name, value] of predefined) scope.set(name, given.get(name) ?? value);
  for (const instruction of metaArgs) scope.declare(instruction);
  return scope.values();
}

/** The variables of a stage: its base's environment, then every ARG and ENV in the order they stand. */
export class Scope {
  readonly #given: GivenArguments;
  readonly #globals: ReadonlyMap<string, string>;
  readonly #escape: EscapeCharacter;
  readonly #values = new Map<string, string>();
  readonly #declared = new Set<string>();

  constructor(given: GivenArguments, globals: ReadonlyMap<string, string>, escape: EscapeCharacter) {
    this.#given = given;
    this.#globals = globals;
    this.#escape = escape;
  }

  /** Takes over what an earlier stage had at its end: a stage built on it sees its arguments, too. */
  inherit(base: Scope): void {
    for (const [name, value] of base.#values) this.#values.set(name, value);
    for (const name of base.#declared) this.#declared.add(name);
  }

  readonly lookup = (name: string): string | undefined => this.#values.get(name);

  /** Every variable that is set. */
  values(): Map<string, string> {
    return new Map(this.#values);
  }

  set(name: string, value: string): void {
    this.#values.set(name, value);
  }

  /** ARG: what `--build-arg` gave, else the default, else what stands before the first FROM. Throws DockerfileError. */
  declare({ args, range }: ArgInstruction): DeclaredArgument[] {
    return args.map(({ name, value }) => {
      try {
        const argument = this.#argument(name, value);
        this.#declared.add(name);
        if (argument.value !== undefined) this.set(name, argument.value);
        return argument;
      } catch (error) {
        throw new DockerfileError(messageOf(error), [range], error);
      }
    });
  }

  /** The declared arguments with the values they have now, as RUN gets them and history shows them. */
  declared(): { name: string; value: string }[] {
    return Array.from(this.#declared, (name) => ({ name, value: this.#values.get(name) ?? "" }));
  }

  #argument(name: string, fallback: string | undefined): DeclaredArgument {
    const given = this.#given.get(name);
    if (given !== undefined) return { name, value: given, unset: new Set() };
    if (fallback !== undefined) {
      const { text, unset } = expand(fallback, this.lookup, { escape: this.#escape });
      return { name, value: text, unset };
    }
    const inherited = this.#globals.get(name);
    return { name, ...(inherited !== undefined && { value: inherited }), unset: new Set() };
  }
}
