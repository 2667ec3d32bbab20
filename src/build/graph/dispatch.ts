import { posix } from "node:path";
import { messageOf } from "../../base/errors.ts";
import { parseSignal } from "../../spec/signal.ts";
import { DockerfileError } from "../dockerfile/dockerfile-error.ts";
import { expandInstruction } from "../instructions/expand-instruction.ts";
import type {
  ArgInstruction,
  CmdInstruction,
  EntrypointInstruction,
  HealthcheckInstruction,
  Instruction,
  WorkdirInstruction,
} from "../instructions/instruction.ts";
import { commitText, healthcheckText, quotedList } from "./commit-text.ts";
import { dispatchRun } from "./dispatch-run.ts";
import { dispatchTransfer } from "./dispatch-transfer.ts";
import { exposedPorts } from "./exposed-ports.ts";
import { copyDraft, withVariable } from "./image-draft.ts";
import type { Planner } from "./planner.ts";
import type { StageState } from "./stage-state.ts";
import { placeStep, remember, shellOf, stepOn } from "./stage-changes.ts";
import { directoryStep } from "./steps.ts";

/** Applies one instruction to a stage: its configuration, its history, and its file system by a step. Throws DockerfileError. */
export async function dispatch(planner: Planner, state: StageState, written: Instruction): Promise<void> {
  const before = state.step;
  try {
    const { instruction } = expandInstruction(written, state.scope.lookup, state.escape);
    await apply(planner, state, instruction);
  } catch (error) {
    if (error instanceof DockerfileError) throw error;
    throw new DockerfileError(messageOf(error), [written.range], error);
  }
  planner.note({
    text: written.text,
    range: written.range,
    stage: state.index,
    draft: copyDraft(state.draft),
    fileSystem: state.step,
    ...(state.step !== before && { step: state.step }),
  });
}

async function apply(planner: Planner, state: StageState, instruction: Instruction): Promise<void> {
  switch (instruction.kind) {
    case "run":
      return await dispatchRun(planner, state, instruction);
    case "copy":
    case "add":
      return await dispatchTransfer(planner, state, instruction);
    case "workdir":
      return workdir(planner, state, instruction);
    case "arg":
      return declare(state, instruction);
    case "cmd":
      return command(state, instruction);
    case "entrypoint":
      return entrypoint(state, instruction);
    case "healthcheck":
      return healthcheck(state, instruction);
    case "onbuild":
      return configure(state, instruction);
    default:
      configure(state, instruction);
      remember(state, commitText(instruction));
  }
}

function configure({ draft, scope, ...state }: StageState, instruction: Instruction): void {
  const { config } = draft;
  switch (instruction.kind) {
    case "env":
      for (const { name, value } of instruction.pairs) {
        config.Env = withVariable(config.Env ?? [], name, value);
        scope.set(name, value);
      }
      break;
    case "label":
      for (const { name, value } of instruction.pairs) config.Labels = { ...config.Labels, [name]: value };
      break;
    case "maintainer":
      draft.author = instruction.maintainer;
      break;
    case "user":
      config.User = instruction.user;
      break;
    case "expose":
      for (const containerPort of exposedPorts(instruction.ports))
        config.ExposedPorts = { ...config.ExposedPorts, [containerPort]: {} };
      break;
    case "volume":
      for (const path of instruction.paths) config.Volumes = { ...config.Volumes, [path]: {} };
      break;
    case "stopsignal":
      parseSignal(instruction.signal);
      config.StopSignal = instruction.signal;
      break;
    case "shell":
      config.Shell = [...instruction.shell];
      break;
    case "onbuild":
      config.OnBuild = [...(config.OnBuild ?? []), instruction.expression];
      break;
    default:
      throw new Error(`unknown instruction ${instruction.kind} in stage ${state.index}`);
  }
}

function workdir(planner: Planner, state: StageState, { path }: WorkdirInstruction): void {
  const { config } = state.draft;
  const place = posix.resolve("/", config.WorkingDir ?? "", path);
  config.WorkingDir = place;
  const text = `WORKDIR ${place}`;
  if (place === "/") return remember(state, text);
  const placed = placeStep(planner, state, `WORKDIR ${path}`);
  const { latestSeconds } = planner.options;
  const request = {
    parent: state.step,
    path: place,
    user: config.User ?? "",
    ...(latestSeconds !== undefined && { latestSeconds }),
  };
  stepOn(state, directoryStep(planner.options.parts, placed, request), text);
}

function declare(state: StageState, instruction: ArgInstruction): void {
  const declared = state.scope.declare(instruction);
  const words = declared.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`));
  remember(state, `ARG ${words.join(" ")}`);
}

function command(state: StageState, { command: { form, words } }: CmdInstruction): void {
  const args = form === "shell" ? [...shellOf(state), ...words] : [...words];
  state.draft.config.Cmd = args;
  state.draft.config.ArgsEscaped = true;
  state.hasCmd = true;
  remember(state, `CMD ${quotedList(args)}`);
}

function entrypoint(state: StageState, { command: { form, words } }: EntrypointInstruction): void {
  const args = form === "shell" ? [...shellOf(state), ...words] : [...words];
  state.draft.config.Entrypoint = args;
  if (!state.hasCmd) delete state.draft.config.Cmd;
  remember(state, `ENTRYPOINT ${quotedList(args)}`);
}

function healthcheck(state: StageState, instruction: HealthcheckInstruction): void {
  const { test, intervalNs, timeoutNs, startPeriodNs, startIntervalNs, retries } = instruction;
  state.draft.config.Healthcheck = {
    Test: [...test],
    ...(intervalNs !== undefined && { Interval: intervalNs }),
    ...(timeoutNs !== undefined && { Timeout: timeoutNs }),
    ...(startPeriodNs !== undefined && { StartPeriod: startPeriodNs }),
    ...(startIntervalNs !== undefined && { StartInterval: startIntervalNs }),
    ...(retries !== undefined && { Retries: retries }),
  };
  remember(state, healthcheckText(instruction));
}
