import { messageOf } from "../../base/errors.ts";
import { DockerfileError } from "../dockerfile/dockerfile-error.ts";
import type { EscapeCharacter } from "../dockerfile/node.ts";
import { expand, type ExpandOptions, type Lookup } from "../expansion/expand.ts";
import type { AddInstruction, CopyInstruction, InlineFile, Instruction, Pair } from "./instruction.ts";
import { parseRunMount } from "./run-mount.ts";

export interface Expanded<Kind extends Instruction> {
  instruction: Kind;
  /** Variables that were used and not set. */
  unset: ReadonlySet<string>;
}

/**
 * The instruction with its variables replaced, where the language replaces them: not in command lines, HEALTHCHECK, SHELL,
 * ONBUILD and MAINTAINER; ARG's defaults are expanded one by one by whoever declares them. A RUN gets its mounts. Throws
 * DockerfileError with the instruction's lines.
 */
export function expandInstruction<Kind extends Instruction>(
  instruction: Kind,
  lookup: Lookup,
  escape: EscapeCharacter,
): Expanded<Kind> {
  const words = new Words(lookup, escape);
  try {
    return { instruction: expanded(instruction, words) as Kind, unset: words.unset };
  } catch (error) {
    throw new DockerfileError(messageOf(error), [instruction.range], error);
  }
}

/** Expands word after word and gathers what was not set. */
class Words {
  readonly unset = new Set<string>();
  readonly #lookup: Lookup;
  readonly #escape: EscapeCharacter;

  constructor(lookup: Lookup, escape: EscapeCharacter) {
    this.#lookup = lookup;
    this.#escape = escape;
  }

  #expand(word: string, options: ExpandOptions = {}) {
    const expansion = expand(word, this.#lookup, { escape: this.#escape, ...options });
    for (const name of expansion.unset) this.unset.add(name);
    return expansion;
  }

  readonly one = (word: string): string => this.#expand(word).text;

  /** One word may become several. */
  many(words: readonly string[]): string[] {
    return words.flatMap((word) => this.#expand(word).words);
  }

  pairs(pairs: readonly Pair[]): Pair[] {
    return pairs.map((pair) => ({ ...pair, name: this.one(pair.name), value: this.one(pair.value) }));
  }

  file(file: InlineFile): InlineFile {
    if (!file.expand) return file;
    return { ...file, content: this.#expand(file.content, { literalQuotes: true }).text };
  }
}

function expanded(instruction: Instruction, words: Words): Instruction {
  switch (instruction.kind) {
    case "env":
    case "label":
      return { ...instruction, pairs: words.pairs(instruction.pairs) };
    case "workdir":
      return { ...instruction, path: words.one(instruction.path) };
    case "user":
      return { ...instruction, user: words.one(instruction.user) };
    case "stopsignal":
      return { ...instruction, signal: words.one(instruction.signal) };
    case "volume":
      return { ...instruction, paths: instruction.paths.map(words.one) };
    case "expose":
      return { ...instruction, ports: words.many(instruction.ports) };
    case "add":
    case "copy":
      return expandTransfer(instruction, words);
    case "run": {
      const mounts = instruction.mountFlags.map((flag) => parseRunMount(flag, words.one));
      return { ...instruction, mounts, devices: instruction.devices.map(words.one) };
    }
    default:
      return instruction;
  }
}

function expandTransfer<Transfer extends AddInstruction | CopyInstruction>(
  transfer: Transfer,
  words: Words,
): Transfer {
  const { chown, chmod } = transfer;
  if (transfer.kind === "copy" && /\$./.test(transfer.from ?? ""))
    throw new Error(
      "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
    );
  const checksum = transfer.kind === "add" ? transfer.checksum : undefined;
  return {
    ...transfer,
    sources: transfer.sources.map(words.one),
    destination: words.one(transfer.destination),
    excludes: transfer.excludes.map(words.one),
    inlineFiles: transfer.inlineFiles.map((file) => words.file(file)),
    ...(chown !== undefined && { chown: words.one(chown) }),
    ...(chmod !== undefined && { chmod: words.one(chmod) }),
    ...(checksum !== undefined && { checksum: words.one(checksum) }),
  };
}
