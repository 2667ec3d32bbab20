import type { HealthCheck } from "./health-check.ts";

export type HealthStatus = "starting" | "healthy" | "unhealthy";

export interface ProbeResult {
  start: string;
  end: string;
  /** -1 where the probe could not run or took too long. */
  exitCode: number;
  output: string;
}

/** What is known of a container's health, newest probe last. */
export interface Health {
  status: HealthStatus;
  failingStreak: number;
  log: ProbeResult[];
}

const keptProbes = 5;

/** At a start. What earlier runs' probes said is still to be read. */
export function startingHealth(before: Health | undefined): Health {
  return { status: "starting", failingStreak: 0, log: before?.log ?? [] };
}

/** Nobody asks a paused or ended container how it is; Docker calls that unhealthy. */
export function unwatchedHealth(before: Health): Health {
  return { ...before, status: "unhealthy" };
}

/** The health after one more probe. `inStartPeriod`: it began early enough to be forgiven. */
export function afterProbe(
  before: Health,
  result: ProbeResult,
  { retries }: Pick<HealthCheck, "retries">,
  inStartPeriod: boolean,
): Health {
  const log = [...before.log, result].slice(-keptProbes);
  if (result.exitCode === 0) return { status: "healthy", failingStreak: 0, log };
  if (before.status === "starting" && inStartPeriod) return { ...before, log };
  const failingStreak = before.failingStreak + 1;
  return { status: failingStreak >= retries ? "unhealthy" : before.status, failingStreak, log };
}

/** What `ps` puts in brackets. */
export function healthText({ status }: Health): string {
  return status === "starting" ? "health: starting" : status;
}
