import { existsSync } from "node:fs";
import { join } from "node:path";
import { EngineError } from "../base/errors.ts";
import { Cgroup } from "../linux/cgroup.ts";
import type { GroupFiles } from "../linux/cgroup-files.ts";
import { cgroupUsage } from "../linux/cgroup-usage.ts";
import { interfaceCounters } from "../linux/interface-counters.ts";
import type { ContainerConfig, HostConfig } from "../spec/api/container.ts";
import { adoptContainer } from "./adopt-container.ts";
import { type Container, notRunning } from "./container.ts";
import type { RuntimeContext } from "./context.ts";
import { createContainer } from "./create-container.ts";
import { deleteContainer } from "./delete-container.ts";
import { execProcess, rootOf } from "./exec/exec-process.ts";
import { ConmonAttachment } from "./monitor/attachment.ts";
import { startByFifo } from "./monitor/start.ts";
import { runToEnd, type RunToEndOptions } from "./run-to-end.ts";
import { setLateRlimits } from "./late-rlimits.ts";
import { runRuntime } from "./run-runtime.ts";
import type {
  Attachment,
  ContainerUsage,
  ExecLaunch,
  ExecProcess,
  Exit,
  Launch,
  RuntimeInfo,
  RuntimeService,
  TerminalSize,
} from "./runtime-service.ts";
import { parseSecurityOptions } from "./spec/security-options.ts";
import { resolveUser } from "./spec/user.ts";
import { updateLimits } from "./update-limits.ts";
import { type CheckedLimits, checkLimits } from "./validate/check-limits.ts";
import { validateLaunch } from "./validate/validate-launch.ts";

/** RuntimeService by conmon and an OCI runtime. */
export class ConmonRuntime implements RuntimeService {
  readonly #context: RuntimeContext;
  readonly #readKnown: () => Promise<string[]>;

  constructor(context: RuntimeContext, readKnown: () => Promise<string[]>) {
    this.#context = context;
    this.#readKnown = readKnown;
  }

  get runtimes(): RuntimeInfo[] {
    for (const runtime of this.#context.runtimes.list) void runtime.kind();
    return this.#context.runtimes.list;
  }

  get defaultRuntime(): string {
    return this.#context.runtimes.defaultName;
  }

  get appArmorProblem(): string | undefined {
    return this.#context.appArmor.problem;
  }

  appArmorProfile({ SecurityOpt, Privileged }: HostConfig): string {
    const { appArmorProfile } = parseSecurityOptions(SecurityOpt ?? []);
    return this.#context.appArmor.profileOf(appArmorProfile, Privileged === true) ?? "";
  }

  validate(config: ContainerConfig, hostConfig: HostConfig): CheckedLimits {
    return validateLaunch(config, hostConfig, this.#context);
  }

  validateUpdate(changes: HostConfig): CheckedLimits {
    return checkLimits(changes, { update: true });
  }

  async create(launch: Launch): Promise<{ pid: number; warnings: string[] }> {
    if (this.#context.containers.has(launch.id)) {
      throw new EngineError("conflict", `container ${launch.id} is already created`);
    }
    const { container, warnings } = await createContainer(this.#context, launch);
    return { pid: container.pid, warnings };
  }

  async runToEnd(launch: Launch, options: RunToEndOptions): Promise<number> {
    return await runToEnd(this.#context, launch, options);
  }

  async start(id: string): Promise<void> {
    const container = this.#get(id);
    const kind = await this.#context.runtimes.get(container.record.runtime).kind();
    setLateRlimits(container.first.pid, container.record.lateRlimits);
    container.started();
    if (await startByFifo(kind, container.stateDirectory, container.first)) return;
    await runRuntime(this.#context, container, ["start", id]);
  }

  async kill(id: string, signal: number): Promise<void> {
    this.#get(id).signal(signal);
  }

  async update(id: string, hostConfig: HostConfig): Promise<void> {
    await updateLimits(this.#context, this.#get(id), hostConfig);
  }

  async pause(id: string): Promise<void> {
    const container = this.#get(id);
    if (!(await container.cgroup.freeze(true))) await runRuntime(this.#context, container, ["pause", id]);
  }

  async unpause(id: string): Promise<void> {
    const container = this.#get(id);
    if (!(await container.cgroup.freeze(false))) await runRuntime(this.#context, container, ["resume", id]);
  }

  async exited(id: string): Promise<Exit> {
    return this.#get(id).exited;
  }

  async attach(
    id: string,
    options: { stdin: boolean; stdout: boolean; stderr: boolean },
  ): Promise<Attachment> {
    const container = this.#get(id);
    const { openStdin, closesStdin } = container.record;
    const stdin = options.stdin && openStdin;
    const connect = () =>
      ConmonAttachment.connect({
        socketPath: container.bundle.attachSocket,
        stdin,
        stdout: options.stdout,
        stderr: options.stderr,
        pid: container.pid,
        ...(closesStdin && !stdin ? { park: (socket) => void container.parked.add(socket) } : {}),
      });
    return container.connectInTime(connect);
  }

  resize(id: string, size: TerminalSize): void {
    this.#get(id).control.resize(size);
  }

  checkUser(id: string, user: string): void {
    resolveUser(rootOf(this.#get(id)), user);
  }

  async exec(launch: ExecLaunch): Promise<ExecProcess> {
    return execProcess(this.#context, this.#get(launch.containerId), launch);
  }

  async delete(id: string): Promise<void> {
    await deleteContainer(this.#context, id);
  }

  async adopt(id: string, directory: string): Promise<{ running: boolean; paused: boolean; pid: number }> {
    const { running, pid, cgroup } = await adoptContainer(this.#context, id, directory);
    return { running, paused: running && cgroup.freezing, pid };
  }

  async isCreated(id: string): Promise<boolean> {
    const container = this.#context.containers.get(id);
    if (container === undefined || !container.running) return false;
    const kind = await this.#context.runtimes.get(container.record.runtime).kind();
    if (kind !== "other") return existsSync(join(container.stateDirectory, "exec.fifo"));
    const state = JSON.parse(await runRuntime(this.#context, container, ["state", id])) as {
      status?: string;
    };
    return state.status === "created";
  }

  usage(id: string, files?: GroupFiles): ContainerUsage {
    const { cgroup, first } = this.#get(id);
    return {
      readAt: new Date(),
      cgroup: cgroupUsage(cgroup, files),
      interfaces: () => interfaceCounters(first.pid),
    };
  }

  async processIds(id: string): Promise<number[]> {
    return this.#get(id).cgroup.processIds();
  }

  async known(): Promise<string[]> {
    return [...new Set([...this.#context.containers.keys(), ...(await this.#readKnown())])];
  }

  async close(): Promise<void> {
    this.#context.exits[Symbol.dispose]();
    this.#context.logs[Symbol.dispose]();
    new Cgroup(this.#context.cgroupParent).removeIfEmpty();
  }

  #get(id: string): Container {
    const container = this.#context.containers.get(id);
    if (container === undefined) throw notRunning(id);
    return container;
  }
}
