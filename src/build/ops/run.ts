import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { EngineError } from "../../base/errors.ts";
import { LaunchError } from "../../runtime/runtime-error.ts";
import type { Launch, ResolvedMount } from "../../runtime/runtime-service.ts";
import type { HostConfig } from "../../spec/api/container.ts";
import type { StepContext } from "../solver/step.ts";
import type { BuildParts, Snapshot } from "./build-parts.ts";
import type { BuildSession } from "../session/build-session.ts";
import { ForeignProgramWatch } from "./foreign-program.ts";
import { makeLayer, type Place } from "./make-layer.ts";
import { mappedLayers, openRemappedRun, remapFiles, type RemappedRun } from "./remapped-run.ts";
import { MountStubs } from "./mounts/mount-stubs.ts";
import { type PlannedMount, takeMounts } from "./mounts/take-mounts.ts";

/** A RUN with every variable replaced. */
export interface RunRequest {
  args: readonly string[];
  env: readonly string[];
  workingDirectory: string;
  user: string;
  /** `default`, `none`, `host`, or a network's name. */
  network: string;
  insecure: boolean;
  /** `NAME:ADDRESS`. */
  extraHosts: readonly string[];
  /** Limits and the like, of the whole build. */
  hostConfig: HostConfig;
  latestSeconds?: number;
  mounts: readonly PlannedMount[];
  /** A file of its own that it runs. */
  script?: { path: string; content: string };
  session?: BuildSession;
}

/** The process ended, but not with 0. */
export class RunFailed extends EngineError {
  readonly exitCode: number;
  readonly args: readonly string[];

  /** `hint` is what more there is to say. */
  constructor(args: readonly string[], exitCode: number, hint = "") {
    super(
      "invalid",
      `process ${JSON.stringify(args.join(" "))} did not complete successfully: exit code: ${exitCode}${hint}`,
    );
    this.name = "RunFailed";
    this.exitCode = exitCode;
    this.args = args;
  }
}

const hostname = "buildkitsandbox";

/** What the command changes on top of `parent`. Throws RunFailed, LaunchErrors, `cancelled`. */
export async function runCommand(
  parts: BuildParts,
  parent: Snapshot,
  request: RunRequest,
  { signal, output, runsIn }: StepContext,
): Promise<Snapshot> {
  const { latestSeconds } = request;
  const options = { signal, hasMountTargets: true, ...(latestSeconds !== undefined && { latestSeconds }) };
  return await makeLayer(parts, parent, options, async (place) => {
    const remapped = await openRemappedRun(parts, request, place);
    const network = await connect(parts, request, place, remapped);
    const { session, workingDirectory } = request;
    const mapped = mappedLayers(parts, remapped);
    const own = { parts, place, workingDirectory, session, signal, ...(mapped && { mapped }) };
    const taken = await takeMounts(request.mounts, own);
    const stubs = new MountStubs(place.rootfs, taken.mounts);
    const given = [...hostFiles(parts, request, place), ...scriptMount(request, place), ...taken.mounts];
    const mounts = remapFiles(parts, place, remapped, given);
    const launch = launchOf(request, place, { network, mounts, env: taken.env });
    launch.userNamespace = remapped?.namespace;
    runsIn(place.id);
    const watch = new ForeignProgramWatch(output);
    const exitCode = await runToEnd(parts, launch, { signal, output: watch.output });
    stubs.remove();
    if (exitCode !== 0) throw new RunFailed(request.args, exitCode, watch.hint);
  });
}

/** Throws in BuildKit's words where the process could not even begin. */
async function runToEnd(
  { runtime }: BuildParts,
  launch: Launch,
  options: Parameters<BuildParts["runtime"]["runToEnd"]>[1],
): Promise<number> {
  try {
    return await runtime.runToEnd(launch, options);
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind === "cancelled") throw error;
    const problem = error instanceof LaunchError ? error.problem : error.message;
    const process = JSON.stringify(launch.args.join(" "));
    throw new EngineError(error.kind, `process ${process} did not complete successfully: ${problem}`, error);
  }
}

/** The namespace file, or `host`. */
async function connect(
  { networks }: BuildParts,
  { network }: RunRequest,
  { id, cleanup }: Place,
  remapped: RemappedRun | undefined,
): Promise<string> {
  if (network === "host") return "host";
  const sandbox = await networks.connect({
    containerId: id,
    containerName: "",
    networkMode: network === "default" ? "bridge" : network,
    endpoints: {},
    ports: {},
    exposed: [],
    sysctls: {},
    namespace: remapped?.own.networkFile,
  });
  cleanup.add("network", () => networks.release(id));
  return sandbox.path;
}

/** /etc/hosts and /etc/resolv.conf. */
function hostFiles({ networks }: BuildParts, request: RunRequest, { directory }: Place): ResolvedMount[] {
  const files = networks.hostFiles({
    hostname,
    domainname: "",
    networkMode: request.network === "host" ? "host" : "default",
    endpoints: {},
    extraHosts: [...request.extraHosts],
    dns: [],
    dnsSearch: [],
    dnsOptions: [],
  });
  const contents = { hosts: `${files.hosts}127.0.0.1\t${hostname}\n`, "resolv.conf": files.resolvConf };
  return Object.entries(contents).map(([name, text]): ResolvedMount => {
    const source = join(directory, name);
    writeFileSync(source, text, { mode: 0o644 });
    return { type: "bind", source, target: `/etc/${name}`, readOnly: true, propagation: "rprivate" };
  });
}

function scriptMount({ script }: RunRequest, { directory }: Place): ResolvedMount[] {
  if (script === undefined) return [];
  const source = join(directory, "script");
  writeFileSync(source, script.content, { mode: 0o755 });
  return [{ type: "bind", source, target: script.path, readOnly: true, propagation: "rprivate" }];
}

function launchOf(
  request: RunRequest,
  { id, directory, rootfs }: Place,
  { network, mounts, env }: { network: string; mounts: ResolvedMount[]; env: string[] },
): Launch {
  return {
    id,
    directory,
    rootfs,
    config: { User: request.user, WorkingDir: request.workingDirectory },
    hostConfig: { ...request.hostConfig, ...(request.insecure && { Privileged: true }) },
    args: [...request.args],
    env: withDefaultPath([...request.env, ...env]),
    hostname,
    mounts,
    namespaces: { network },
    runtime: "",
  };
}

const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function withDefaultPath(env: readonly string[]): string[] {
  return env.some((entry) => entry.startsWith("PATH=")) ? [...env] : [defaultPath, ...env];
}
