// What a group's processes have used and hold: cgroups(7), Documentation/admin-guide/cgroup-{v1,v2} of the kernel.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../base/errors.ts";
import { type Cgroup, cgroupLayout } from "./cgroup.ts";
import { usageV1 } from "./cgroup-usage-v1.ts";
import { usageV2 } from "./cgroup-usage-v2.ts";

export interface BlockEntry {
  major: number;
  minor: number;
  /** As the kernel of that version writes it: `Read` on v1; `read` on v2. */
  op: string;
  value: number;
}

/** Counters since the group was made, and what it holds now. Infinity: no limit. */
export interface CgroupUsage {
  version: 1 | 2;
  cpu: {
    totalNanos: number;
    userNanos: number;
    kernelNanos: number;
    /** v1 only. */
    perCpuNanos?: number[];
    periods: number;
    throttledPeriods: number;
    throttledNanos: number;
  };
  memory: {
    bytes: number;
    /** v1 only. */
    mostBytes?: number;
    limitBytes: number;
    /** How often the limit was hit (v1) or the killer came (v2). */
    failures: number;
    /** All of memory.stat. */
    stat: Record<string, number>;
  };
  blockBytes: BlockEntry[];
  blockOperations: BlockEntry[];
  processes: number;
  processLimit: number;
}

/** The text of a file of the group in a controller's tree; empty where there is none. */
export type ReadGroupFile = (controller: string, file: string) => string;

/** Read in one go, without waiting: a dozen small files, some 0.1 ms. */
export function cgroupUsage(cgroup: Cgroup): CgroupUsage {
  const read: ReadGroupFile = (controller, file) => {
    const directory = cgroup.directory(controller);
    return directory === undefined ? "" : textOf(join(directory, file));
  };
  return cgroupLayout().version === 2 ? usageV2(read) : usageV1(read);
}

/** A group may go at any moment, and a kernel may lack a controller or a file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ENODEV" || code === "EOPNOTSUPP") return "";
    throw error;
  }
}
