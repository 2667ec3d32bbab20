import type { AddInstruction, CopyInstruction, Instruction } from "../instructions/instruction.ts";

/** What an instruction is in an image's history, as BuildKit writes it; of ARG and RUN without the values. */
export function commitText(instruction: Instruction): string {
  switch (instruction.kind) {
    case "env":
      return `ENV ${instruction.pairs.map(({ name, value }) => `${name}=${value}`).join(" ")}`;
    case "label":
      return `LABEL ${instruction.pairs.map(({ name, value }) => `${name}=${value}`).join(" ")}`;
    case "maintainer":
      return `MAINTAINER ${instruction.maintainer}`;
    case "user":
      return `USER ${instruction.user}`;
    case "expose":
      return `EXPOSE [${instruction.ports.join(" ")}]`;
    case "volume":
      return `VOLUME [${instruction.paths.join(" ")}]`;
    case "stopsignal":
      return `STOPSIGNAL ${instruction.signal}`;
    case "shell":
      return `SHELL [${instruction.shell.join(" ")}]`;
    case "onbuild":
      return `ONBUILD ${instruction.expression}`;
    case "copy":
    case "add":
      return transferText(instruction);
    default:
      return instruction.text;
  }
}

function transferText(transfer: AddInstruction | CopyInstruction): string {
  const flags = [
    ...(transfer.kind === "copy" && transfer.parents ? ["--parents"] : []),
    ...(transfer.chown === undefined ? [] : [`--chown=${transfer.chown}`]),
    ...(transfer.chmod === undefined ? [] : [`--chmod=${transfer.chmod}`]),
    ...transfer.excludes.map((pattern) => `--exclude=${pattern}`),
  ];
  const files = transfer.inlineFiles.map(({ name }) => `<<${name}`);
  return [transfer.kind.toUpperCase(), ...flags, ...transfer.sources, ...files, transfer.destination].join(
    " ",
  );
}

/** Go's %q of a list: `["a" "b"]`. */
export function quotedList(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(" ")}]`;
}
