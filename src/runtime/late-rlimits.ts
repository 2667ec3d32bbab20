import { EngineError, messageOf } from "../base/errors.ts";
import { boundingCapabilities } from "../linux/capabilities.ts";
import { type OuterRlimit, setRlimit } from "../linux/rlimit.ts";
import type { ProcessSpec, RlimitSpec } from "../spec/oci-runtime.ts";

/**
 * crun sets limits before it mounts and writes its seccomp filter, and fails itself at ones as low as these (1.8: some 30 open files, a
 * filter of some 16 KiB). dockerd's containers start with them.
 */
const enoughFor: Record<OuterRlimit, number> = { RLIMIT_NOFILE: 64, RLIMIT_FSIZE: 1 << 20 };

/**
 * What the runtime is to be told, and what is set only when the process waits to be let go. Without CAP_SYS_RESOURCE nobody may
 * set limits of another user's process: then the runtime has to bear them.
 */
export function partRlimits(
  { rlimits = [], user }: Pick<ProcessSpec, "rlimits" | "user">,
  maySetAll = boundingCapabilities().includes("CAP_SYS_RESOURCE"),
): { early: RlimitSpec[]; late: RlimitSpec[] } {
  const isLate = ({ type, soft }: RlimitSpec) =>
    isOuter(type) && soft < enoughFor[type] && (maySetAll || user.uid === 0);
  return { early: rlimits.filter((limit) => !isLate(limit)), late: rlimits.filter(isLate) };
}

/** To be called between `create` and `start`. */
export function setLateRlimits(pid: number, late: readonly RlimitSpec[] = []): void {
  for (const { type, soft, hard } of late) {
    if (!isOuter(type)) continue;
    try {
      setRlimit(pid, type, { soft, hard });
    } catch (error) {
      throw new EngineError(
        "internal",
        `failed to create task for container: setting ${type}: ${messageOf(error)}`,
        error,
      );
    }
  }
}

function isOuter(type: string): type is OuterRlimit {
  return Object.hasOwn(enoughFor, type);
}
