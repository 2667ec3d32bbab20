import { type LimitCheck, refuse } from "./limit-check.ts";

const minBytes = 6 << 20;
const discarded = "capabilities or the cgroup is not mounted.";

/** Memory, swap and the OOM killer, in dockerd's order and words. */
export function checkMemory(check: LimitCheck): void {
  checkLimit(check);
  checkSwap(check);
  checkSwappiness(check);
  checkReservation(check);
  checkKernelMemory(check);
  checkOomKiller(check);
}

function checkLimit({ limits, support, warnings }: LimitCheck): void {
  const { Memory = 0 } = limits;
  if (Memory !== 0 && Memory < minBytes) refuse("Minimum memory limit allowed is 6MB");
  if (Memory <= 0) return;
  if (!support.memoryLimit) {
    limits.Memory = 0;
    limits.MemorySwap = -1;
    warnings.push(`Your kernel does not support memory limit ${discarded} Limitation discarded.`);
  } else if (!support.swapLimit && limits.MemorySwap !== -1) {
    limits.MemorySwap = -1;
    warnings.push(`Your kernel does not support swap limit ${discarded} Memory limited without swap.`);
  }
}

function checkSwap({ limits: { Memory = 0, MemorySwap = 0 }, update }: LimitCheck): void {
  if (Memory > 0 && MemorySwap > 0 && MemorySwap < Memory)
    refuse("Minimum memoryswap limit should be larger than memory limit, see usage");
  if (Memory === 0 && MemorySwap > 0 && !update)
    refuse("You should always set the Memory limit when using Memoryswap limit, see usage");
}

function checkSwappiness({ limits, support, warnings }: LimitCheck): void {
  const value = limits.MemorySwappiness ?? -1;
  if (value === -1) {
    // What clients send for "not set".
    delete limits.MemorySwappiness;
    return;
  }
  if (!support.swappiness) {
    delete limits.MemorySwappiness;
    warnings.push(`Your kernel does not support memory swappiness ${discarded} Memory swappiness discarded.`);
  } else if (value < 0 || value > 100) {
    refuse(`Invalid value: ${value}, valid memory swappiness range is 0-100`);
  }
}

function checkReservation(check: LimitCheck): void {
  check.need(
    check.support.memoryReservation,
    ["MemoryReservation"],
    `Your kernel does not support memory soft limit ${discarded} Limitation discarded.`,
  );
  const { Memory = 0, MemoryReservation = 0 } = check.limits;
  if (MemoryReservation > 0 && MemoryReservation < minBytes)
    refuse("Minimum memory reservation allowed is 6MB");
  if (Memory > 0 && MemoryReservation > 0 && Memory < MemoryReservation)
    refuse("Minimum memory limit can not be less than memory reservation limit, see usage");
}

/** The kernel took the limit out in 5.16 and left the file: dockerd takes the value and limits nothing. We say so. */
function checkKernelMemory(check: LimitCheck): void {
  const warning = `Your kernel does not support kernel memory limit ${discarded} Limitation discarded.`;
  check.need(false, ["KernelMemory"], warning);
  check.need(
    check.support.kernelMemoryTcp,
    ["KernelMemoryTCP"],
    `Your kernel does not support kernel memory TCP limit ${discarded} Limitation discarded.`,
  );
}

function checkOomKiller(check: LimitCheck): void {
  check.need(
    check.support.oomKillDisable,
    ["OomKillDisable"],
    "Your kernel does not support OomKillDisable. OomKillDisable discarded.",
  );
  if (check.limits.OomKillDisable !== true || (check.limits.Memory ?? 0) > 0) return;
  check.warn(
    "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.",
  );
}
