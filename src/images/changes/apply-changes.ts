import { posix } from "node:path";
import { EngineError } from "../../base/errors.ts";
import type { ImageRunConfig } from "../../spec/oci-image.ts";
import { parsePortMappings } from "../../spec/port.ts";
import { parseSignal } from "../../spec/signal.ts";
import { type Change, changeLines } from "./change-lines.ts";
import { commandOf, jsonWords } from "./command-form.ts";
import { parseHealthcheck } from "./healthcheck.ts";
import { expandWord, splitWords } from "./word.ts";

/** What the instructions share while they are carried out. */
interface State {
  config: ImageRunConfig;
  /** An ENTRYPOINT takes an inherited command back, but not one given beside it. */
  commandGiven: boolean;
}

type Instruction = (state: State, rest: string) => void;

/**
 * The configuration after the instructions of `import --change` and `commit --change`. `config` itself stays as it
 * is. Throws `invalid` with dockerd's words.
 */
export function applyChanges(config: ImageRunConfig, changes: readonly string[]): ImageRunConfig {
  if (changes.length === 0) return config;
  const lines = changeLines(changes);
  if (lines.length === 0) throw invalid("file with no instructions");
  for (const { name } of lines)
    if (instructions[name] === undefined) throw invalid(`${name} is not a valid change command`);
  const state: State = { config: structuredClone(config), commandGiven: false };
  for (const change of lines) applyChange(state, change);
  return state.config;
}

function applyChange(state: State, { name, rest }: Change): void {
  if (rest === "" && needsArgument.has(name)) throw invalid(`${name} requires at least one argument`);
  if (rest === "" && needsOneArgument.has(name)) throw invalid(`${name} requires exactly one argument`);
  instructions[name]?.(state, rest);
}

const needsArgument = new Set(["ENV", "LABEL", "EXPOSE", "VOLUME", "ONBUILD", "HEALTHCHECK"]);
const needsOneArgument = new Set(["USER", "WORKDIR", "STOPSIGNAL"]);

const instructions: Record<string, Instruction> = {
  CMD(state, rest) {
    state.config.Cmd = commandLine(state.config, rest);
    state.commandGiven = true;
  },
  ENTRYPOINT(state, rest) {
    state.config.Entrypoint = commandLine(state.config, rest);
    if (!state.commandGiven) delete state.config.Cmd;
  },
  ENV({ config }, rest) {
    const env = new Map((config.Env ?? []).map((entry) => [entry.split("=", 1)[0] ?? "", entry]));
    const before = variablesOf(config);
    for (const [name, value] of namedValues("ENV", rest, before)) env.set(name, `${name}=${value}`);
    config.Env = [...env.values()];
  },
  LABEL({ config }, rest) {
    const labels = namedValues("LABEL", rest, variablesOf(config));
    config.Labels = { ...config.Labels, ...Object.fromEntries(labels) };
  },
  EXPOSE({ config }, rest) {
    const words = splitWords(rest).map((word) => expandWord(word, variablesOf(config)));
    const ports = words.filter((word) => word !== "").flatMap(parsePortMappings);
    for (const { containerPort } of ports)
      config.ExposedPorts = { ...config.ExposedPorts, [containerPort]: {} };
  },
  VOLUME({ config }, rest) {
    const words = jsonWords(rest) ?? splitWords(rest);
    for (const word of words) {
      const path = expandWord(word, variablesOf(config)).trim();
      if (path === "") throw invalid("VOLUME specified can not be an empty string");
      config.Volumes = { ...config.Volumes, [path]: {} };
    }
  },
  USER({ config }, rest) {
    config.User = expandWord(rest, variablesOf(config));
  },
  WORKDIR({ config }, rest) {
    const path = expandWord(rest, variablesOf(config));
    const clean = posix.resolve("/", config.WorkingDir ?? "", path);
    config.WorkingDir = clean;
  },
  STOPSIGNAL({ config }, rest) {
    const signal = expandWord(rest, variablesOf(config));
    parseSignal(signal);
    config.StopSignal = signal;
  },
  HEALTHCHECK({ config }, rest) {
    config.Healthcheck = parseHealthcheck(rest);
  },
  ONBUILD({ config }, rest) {
    const trigger = (rest.split(/\s/, 1)[0] ?? "").toUpperCase();
    if (trigger === "ONBUILD") throw invalid("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
    if (trigger === "FROM" || trigger === "MAINTAINER")
      throw invalid(`${trigger} isn't allowed as an ONBUILD trigger`);
    config.OnBuild = [...(config.OnBuild ?? []), rest];
  },
};

function commandLine(config: ImageRunConfig, rest: string): string[] | null {
  const { exec, words } = commandOf(rest);
  if (exec) return words.length > 0 ? words : null;
  return [...(config.Shell ?? ["/bin/sh", "-c"]), ...words];
}

/** `a=b "c d"=e`, or in the old form `a everything else`. */
function namedValues(
  instruction: string,
  rest: string,
  variables: ReadonlyMap<string, string>,
): [name: string, value: string][] {
  const words = splitWords(rest);
  if (!(words[0] ?? "").includes("=")) {
    const [, name = "", value = ""] = /^(\S+)\s+([^]*)$/.exec(rest) ?? [];
    if (name === "") throw invalid(`${instruction} must have two arguments`);
    return [[expandWord(name, variables), expandWord(value, variables)]];
  }
  return words.map((word) => {
    const equals = word.indexOf("=");
    if (equals < 0)
      throw invalid(
        `Syntax error - can't find = in ${JSON.stringify(word)}. Must be of the form: name=value`,
      );
    const name = expandWord(word.slice(0, equals), variables);
    if (name === "") throw invalid(`${instruction} names can not be blank`);
    return [name, expandWord(word.slice(equals + 1), variables)];
  });
}

function variablesOf(config: ImageRunConfig): Map<string, string> {
  return new Map(
    (config.Env ?? []).map((entry) => {
      const equals = entry.indexOf("=");
      return equals < 0 ? [entry, ""] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
