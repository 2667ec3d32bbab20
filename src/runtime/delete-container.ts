import { spawn } from "node:child_process";
import { readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { errnoOf } from "../base/errors.ts";
import { Cgroup } from "../linux/cgroup.ts";
import { type Container, openProcess } from "./container.ts";
import type { RuntimeContext } from "./context.ts";
import { Bundle, type BundleRecord } from "./monitor/bundle.ts";
import { findMonitor, isMonitorOf } from "./monitor/find-monitor.ts";
import type { RuntimeKind } from "./runtimes.ts";
import { unshareMemory } from "./shared-memory.ts";

/** How long a monitor may take to see that its container is dead, before it is killed. */
const monitorGraceMs = 5000;

/** Ends a container by force and gives back all of it. Fine for one that is gone, half made, or of a crashed engine. */
export async function deleteContainer(context: RuntimeContext, id: string): Promise<void> {
  const container = context.containers.get(id);
  if (container?.running === true) await killContainer(container);
  // Else they would put files back into a directory that is being removed.
  if (container && container.execMonitors.size > 0)
    await settlesWithin(Promise.all(container.execMonitors), monitorGraceMs);
  await removeTraces(context, id);
  context.containers.delete(id);
}

async function killContainer(container: Container): Promise<void> {
  await container.cgroup.killAll();
  if (await settlesWithin(container.exited, monitorGraceMs)) return;
  container.monitor?.signal(9);
  await settlesWithin(container.exited, monitorGraceMs);
}

async function settlesWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(timeoutMs, false, { signal: timer.signal }).catch(() => false);
  const settled = await Promise.race([promise.then(() => true), late]);
  timer.abort();
  return settled;
}

/** Everything on the machine that carries the container's id, whoever left it. The link goes last: it is the memory. */
export async function removeTraces(context: RuntimeContext, id: string): Promise<void> {
  const link = join(context.paths.bundles, id);
  const directory = readLink(link);
  const bundle = directory === undefined ? undefined : new Bundle(directory);
  const record = bundle?.record();
  const cgroup = record === undefined ? undefined : new Cgroup(record.cgroupPath);
  await cgroup?.killAll();
  if (bundle !== undefined) await endMonitor(id, bundle, cgroup);
  if (record !== undefined) await removeGroups(context, id, record);
  rmSync(join(context.paths.state, id), { recursive: true, force: true });
  context.exits.remove(id);
  if (bundle !== undefined) {
    unshareMemory(bundle);
    bundle.remove();
  }
  context.parents.forget(id);
  rmSync(link, { force: true });
}

/** The same for one that ran without a monitor and whose record is at hand. */
export async function removeRun(context: RuntimeContext, id: string, record: BundleRecord): Promise<void> {
  await removeGroups(context, id, record);
  rmSync(join(context.paths.state, id), { recursive: true, force: true });
  const link = join(context.paths.bundles, id);
  new Bundle(readlinkSync(link)).remove();
  rmSync(link, { force: true });
}

async function removeGroups(context: RuntimeContext, id: string, record: BundleRecord): Promise<void> {
  // The two known runtimes leave nothing but their state directory and the groups, which go faster without them.
  if ((await kindOf(context, record)) === "other") await runDelete(context, id, record);
  const cgroup = new Cgroup(record.cgroupPath);
  await cgroup.killAll();
  await cgroup.remove();
  context.parents.leave(id, record);
}

async function kindOf(context: RuntimeContext, { runtime }: BundleRecord): Promise<RuntimeKind> {
  const known = context.runtimes.list.find(({ name }) => name === runtime);
  return known === undefined ? "other" : known.kind();
}

async function runDelete(context: RuntimeContext, id: string, record: BundleRecord): Promise<void> {
  const args = [...record.runtimeArgs, "--root", context.paths.state, "delete", "--force", id];
  await new Promise<void>((resolve) => {
    const child = spawn(record.runtimePath, args, { stdio: "ignore" });
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
}

/**
 * A monitor that still lives reaps its dead container and then ends by itself. One that does not (its runtime hangs in
 * `create`, a client does not read) is killed.
 */
async function endMonitor(id: string, bundle: Bundle, cgroup: Cgroup | undefined): Promise<void> {
  const pid = bundle.monitorPid() ?? findMonitor(id);
  if (pid === undefined || !isMonitorOf(pid, id)) return;
  using handle = openProcess(pid);
  for (const deadline = Date.now() + monitorGraceMs; handle?.exists() === true; await delay(2)) {
    if (!isMonitorOf(pid, id)) return;
    // One that was still making the container has only now put a process there.
    await cgroup?.killAll();
    if (Date.now() > deadline) {
      handle.signal(9);
      return;
    }
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
