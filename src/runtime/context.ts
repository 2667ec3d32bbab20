import type { Log } from "../base/log.ts";
import type { AppArmor } from "./app-armor/app-armor.ts";
import type { CgroupParents } from "./cgroup-parents.ts";
import type { Container } from "./container.ts";
import type { LogKeeper } from "./logs/log-keeper.ts";
import type { ExitFiles } from "./monitor/exit-files.ts";
import type { RuntimePaths } from "./paths.ts";
import type { RuntimeServiceOptions } from "./runtime-service.ts";
import type { Runtimes } from "./runtimes.ts";
import type { FilterCache } from "./seccomp/filter-cache.ts";

/** What every operation of this room works with. */
export interface RuntimeContext {
  options: RuntimeServiceOptions;
  log: Log;
  paths: RuntimePaths;
  runtimes: Runtimes;
  conmonPath: string;
  cgroupParent: string;
  parents: CgroupParents;
  filters: FilterCache;
  appArmor: AppArmor;
  exits: ExitFiles;
  logs: LogKeeper;
  containers: Map<string, Container>;
}
