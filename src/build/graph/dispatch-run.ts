import { EngineError } from "../../base/errors.ts";
import { proxyArguments } from "../instructions/predefined-args.ts";
import type { RunInstruction } from "../instructions/instruction.ts";
import type { RunMount } from "../instructions/run-mount.ts";
import { type RunProgram, runProgram } from "../instructions/run-program.ts";
import type { Snapshot } from "../ops/build-parts.ts";
import type { PlannedMount } from "../ops/mounts/take-mounts.ts";
import type { RunRequest } from "../ops/run.ts";
import type { Manifest, Step } from "../solver/step.ts";
import { checkEntitlements } from "./entitlements.ts";
import type { Planner } from "./planner.ts";
import { placeStep, shellOf, stepOn } from "./stage-changes.ts";
import type { StageState } from "./stage-state.ts";
import { parentOf } from "./fixed-step.ts";
import { runStep } from "./steps.ts";

/** A RUN, understood: what its process is, and what its key is made of. */
interface PlannedRun {
  program: RunProgram;
  args: string[];
  /** The image's own variables. */
  env: readonly string[];
  /** Declared arguments that no ENV hides. */
  declared: readonly { name: string; value: string }[];
  workingDirectory: string;
  user: string;
  network: string;
  insecure: boolean;
  mounts: readonly RunMount[];
}

/** RUN. */
export async function dispatchRun(
  planner: Planner,
  state: StageState,
  instruction: RunInstruction,
): Promise<void> {
  const { parts } = planner.options;
  const declared = state.scope.declared().filter(({ name }) => !proxyArguments.includes(name));
  const run = planRun(planner, state, instruction, declared);
  const sources = await mountSources(planner, state, run.mounts);
  const step = runStep(parts, placeStep(planner, state, instruction.text), {
    parent: state.step,
    inputs: sources.flatMap(({ step: input }) => input ?? []),
    manifest: (mounted) => manifestOf(planner, run, planned(sources, mounted)),
    request: (mounted) => requestOf(planner, run, planned(sources, mounted)),
  });
  stepOn(state, step, `RUN ${historyText(run, declared)} # buildkit`);
}

function planRun(
  { options: { request } }: Planner,
  state: StageState,
  instruction: RunInstruction,
  declared: readonly { name: string; value: string }[],
): PlannedRun {
  const { Env: env = [], WorkingDir: workingDirectory = "/", User: user = "" } = state.draft.config;
  const program = runProgram(instruction);
  if (program.kind === "exec" && program.words.length === 0) throw new Error("arguments are required");
  if (instruction.devices.length > 0)
    throw new EngineError("not-implemented", "RUN --device is not supported: builds are given no devices");
  checkEntitlements(instruction, request);
  return {
    program,
    args: argsOf(state, program),
    env,
    declared: declared.filter(({ name }) => !env.some((entry) => entry.startsWith(`${name}=`))),
    workingDirectory,
    user,
    network: instruction.network === "default" ? request.network : instruction.network,
    insecure: instruction.security === "insecure",
    mounts: instruction.mounts,
  };
}

function argsOf(state: StageState, program: RunProgram): string[] {
  if (program.kind === "exec") return [...program.words];
  if (program.kind === "shell") return [...shellOf(state), program.line];
  return [...shellOf(state), scriptPath(program.name)];
}

function scriptPath(name: string): string {
  return `/dev/pipes/${name}`;
}

function historyText({ args }: PlannedRun, declared: readonly { name: string; value: string }[]): string {
  const given = declared.map(({ name, value }) => `${name}=${value}`);
  return [...(given.length === 0 ? [] : [`|${given.length}`, ...given]), ...args].join(" ");
}

/** A mount, and the step that makes what it shows. */
interface MountSource {
  mount: RunMount;
  step?: Step<Snapshot>;
}

async function mountSources(
  planner: Planner,
  state: StageState,
  mounts: readonly RunMount[],
): Promise<MountSource[]> {
  return await Promise.all(
    mounts.map(async (mount): Promise<MountSource> => {
      const shows = mount.type === "bind" || (mount.type === "cache" && mount.from !== undefined);
      if (!shows) return { mount };
      return { mount, step: await planner.mountSource(mount.from, mount.source ?? "/", state.index) };
    }),
  );
}

/** The mounts with the results of their steps, which come in the same order. */
function planned(sources: readonly MountSource[], mounted: readonly Snapshot[]): PlannedMount[] {
  const left = [...mounted];
  return sources.map(({ mount, step }) => {
    const snapshot = step === undefined ? undefined : left.shift();
    return { mount, ...(snapshot && { snapshot }) };
  });
}

function requestOf(planner: Planner, run: PlannedRun, mounts: readonly PlannedMount[]): RunRequest {
  const { request, latestSeconds } = planner.options;
  const env = [...run.env, ...run.declared.map(({ name, value }) => `${name}=${value}`)];
  const { program, args, workingDirectory, user, network, insecure } = run;
  return {
    args,
    env: [...env, ...proxies(planner, env)],
    workingDirectory,
    user,
    network,
    insecure,
    mounts,
    extraHosts: request.extraHosts,
    hostConfig: request.limits,
    ...(program.kind === "script" && {
      script: { path: scriptPath(program.name), content: program.content },
    }),
    ...(request.session && { session: request.session }),
    ...(latestSeconds !== undefined && { latestSeconds }),
  };
}

/** Proxies are for the way to the network: they change neither key nor history. */
function proxies({ options: { request } }: Planner, env: readonly string[]): string[] {
  return proxyArguments.flatMap((name) => {
    const value = request.buildArgs.get(name);
    return value === undefined || env.some((entry) => entry.startsWith(`${name}=`))
      ? []
      : [`${name}=${value}`];
  });
}

function manifestOf(planner: Planner, run: PlannedRun, mounts: readonly PlannedMount[]): Manifest {
  const { request, latestSeconds } = planner.options;
  return {
    instruction: JSON.stringify(run.args),
    ...(run.program.kind === "script" && { script: run.program.content }),
    "working directory": run.workingDirectory,
    user: run.user,
    network: run.network,
    ...(run.insecure && { security: "insecure" }),
    ...(request.extraHosts.length > 0 && { hosts: request.extraHosts.join(" ") }),
    ...(latestSeconds !== undefined && { SOURCE_DATE_EPOCH: String(latestSeconds) }),
    ...Object.fromEntries(run.env.map(variable)),
    ...Object.fromEntries(run.declared.map(({ name, value }) => [`argument ${name}`, value])),
    ...Object.fromEntries(mounts.flatMap(mountFacts)),
  };
}

function variable(entry: string): [name: string, value: string] {
  const at = entry.indexOf("=");
  return [`variable ${entry.slice(0, at)}`, entry.slice(at + 1)];
}

/** What a mount shows counts where it cannot change; what is in caches and secrets does not. */
function mountFacts({ mount, snapshot }: PlannedMount): [name: string, value: string][] {
  const name = `mount ${("target" in mount && mount.target) || mount.type}`;
  const facts: [string, string][] = [[name, JSON.stringify(mount)]];
  if (mount.type === "bind") facts.push([`${name}'s files`, parentOf(snapshot ?? {})]);
  return facts;
}
