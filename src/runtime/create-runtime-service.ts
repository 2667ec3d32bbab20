import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { AppArmor } from "./app-armor/app-armor.ts";
import { kernelAppArmor } from "./app-armor/host.ts";
import { CgroupParents } from "./cgroup-parents.ts";
import { ConmonRuntime } from "./conmon-runtime.ts";
import type { RuntimeContext } from "./context.ts";
import { favorCgroupChanges } from "./favor-cgroup-changes.ts";
import { LogKeeper } from "./logs/log-keeper.ts";
import { ExitFiles } from "./monitor/exit-files.ts";
import { makeRuntimePaths, runtimePaths } from "./paths.ts";
import type { RuntimeService, RuntimeServiceOptions } from "./runtime-service.ts";
import { findProgram, Runtimes } from "./runtimes.ts";
import { FilterCache } from "./seccomp/filter-cache.ts";

/** Looks for the runtimes, makes the room's directories, and has AppArmor, where there is one, get ready behind. Takes over nothing by itself. */
export function createRuntimeService(options: RuntimeServiceOptions): RuntimeService {
  const paths = runtimePaths(options.execRoot);
  makeRuntimePaths(paths);
  const cgroupParent = options.cgroupParent ?? "/gantry";
  const context: RuntimeContext = {
    options,
    log: options.log,
    paths,
    runtimes: new Runtimes(options),
    // By name where it is missing, so that the error of the first container says what to install.
    conmonPath: findProgram("conmon") ?? "conmon",
    cgroupParent,
    parents: new CgroupParents(join("/", cgroupParent)),
    filters: new FilterCache(paths.filters),
    appArmor: new AppArmor(kernelAppArmor, options.log),
    exits: new ExitFiles(paths.exits),
    logs: new LogKeeper(options.log),
    containers: new Map(),
  };
  void context.appArmor.ensureDefault();
  if (options.favorCgroupChanges !== false) favorCgroupChanges(options.log);
  return new ConmonRuntime(context, () => readdir(paths.bundles));
}
