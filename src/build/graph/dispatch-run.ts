import { proxyArguments } from "../instructions/predefined-args.ts";
import type { RunInstruction } from "../instructions/instruction.ts";
import { runProgram } from "../instructions/run-program.ts";
import type { Manifest } from "../solver/step.ts";
import { placeStep, shellOf, stepOn } from "./dispatch.ts";
import type { Planner } from "./planner.ts";
import type { StageState } from "./stage-state.ts";
import { runStep } from "./steps.ts";

/** RUN. */
export async function dispatchRun(planner: Planner, state: StageState, run: RunInstruction): Promise<void> {
  const { parts, request, latestSeconds } = planner.options;
  const args = argsOf(state, run);
  const declared = state.scope.declared().filter(({ name }) => !proxyArguments.includes(name));
  const env = environmentOf(state, declared);
  const { WorkingDir = "/", User = "" } = state.draft.config;
  const network = run.network === "default" ? request.network : run.network;
  const facts = { args, env, WorkingDir, User, network, insecure: run.security === "insecure" };
  const step = runStep(parts, placeStep(planner, state, run.text), {
    parent: state.step,
    inputs: [],
    manifest: () => manifestOf(facts, request.extraHosts, latestSeconds),
    request: () => ({
      args,
      env: [...env, ...proxies(planner, env)],
      workingDirectory: WorkingDir,
      user: User,
      network,
      insecure: facts.insecure,
      extraHosts: request.extraHosts,
      hostConfig: request.limits,
      ...(latestSeconds !== undefined && { latestSeconds }),
      mounts: async () => [],
    }),
  });
  const given = declared.map(({ name, value }) => `${name}=${value}`);
  const prefix = given.length === 0 ? "" : `|${given.length} ${given.join(" ")} `;
  stepOn(state, step, `RUN ${prefix}${args.join(" ")} # buildkit`);
}

function argsOf(state: StageState, run: RunInstruction): string[] {
  const program = runProgram(run);
  if (program.kind === "exec") return [...program.words];
  if (program.kind === "shell") return [...shellOf(state), program.line];
  return [`/dev/pipes/${program.name}`];
}

/** The image's environment, then the declared arguments: ENV wins. */
function environmentOf(
  { draft }: StageState,
  declared: readonly { name: string; value: string }[],
): string[] {
  const env = draft.config.Env ?? [];
  const own = declared.filter(({ name }) => !env.some((entry) => entry.startsWith(`${name}=`)));
  return [...env, ...own.map(({ name, value }) => `${name}=${value}`)];
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

function manifestOf(
  facts: {
    args: string[];
    env: string[];
    WorkingDir: string;
    User: string;
    network: string;
    insecure: boolean;
  },
  extraHosts: readonly string[],
  latestSeconds: number | undefined,
): Manifest {
  const variables = facts.env.map((entry) => {
    const at = entry.indexOf("=");
    return [`variable ${entry.slice(0, at)}`, entry.slice(at + 1)];
  });
  return {
    instruction: JSON.stringify(facts.args),
    "working directory": facts.WorkingDir,
    user: facts.User,
    network: facts.network,
    ...(facts.insecure && { security: "insecure" }),
    ...(extraHosts.length > 0 && { hosts: extraHosts.join(" ") }),
    ...(latestSeconds !== undefined && { SOURCE_DATE_EPOCH: String(latestSeconds) }),
    ...Object.fromEntries(variables),
  };
}
