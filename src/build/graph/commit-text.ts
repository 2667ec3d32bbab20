import { formatDuration } from "../../spec/duration.ts";
import { parsePortMappings } from "../../spec/port.ts";
import type {
  AddInstruction,
  CopyInstruction,
  HealthcheckInstruction,
  Instruction,
} from "../instructions/instruction.ts";

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
      return `EXPOSE [${exposedPorts(instruction.ports).join(" ")}]`;
    case "volume":
      return `VOLUME [${instruction.paths.join(" ")}]`;
    case "stopsignal":
      return `STOPSIGNAL ${instruction.signal}`;
    case "shell":
      return `SHELL [${instruction.shell.join(" ")}]`;
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
  ];
  const files = transfer.inlineFiles.map(({ name }) => `<<${name}`);
  return [transfer.kind.toUpperCase(), ...flags, ...transfer.sources, ...files, transfer.destination].join(
    " ",
  );
}

function exposedPorts(ports: readonly string[]): string[] {
  return ports
    .flatMap(parsePortMappings)
    .map(({ containerPort }) => containerPort)
    .sort();
}

/** Go's %q of the structure: what was not given is 0. */
export function healthcheckText(check: HealthcheckInstruction): string {
  const durations = [check.intervalNs, check.timeoutNs, check.startPeriodNs, check.startIntervalNs];
  const retries = `'\\x${(check.retries ?? 0).toString(16).padStart(2, "0")}'`;
  const fields = [
    quotedList(check.test),
    ...durations.map((each) => JSON.stringify(formatDuration(each ?? 0))),
  ];
  return `HEALTHCHECK &{${fields.join(" ")} ${retries}}`;
}

/** Go's %q of a list: `["a" "b"]`. */
export function quotedList(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(" ")}]`;
}
