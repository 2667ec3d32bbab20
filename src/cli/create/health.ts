import type { HealthConfig } from "../../spec/api/container.ts";
import { parseDuration } from "../../spec/duration.ts";
import type { ParsedFlags } from "../command.ts";

/** The image's own health check is left alone (undefined) unless a flag says something. Durations are nanoseconds. */
export function healthConfig(flags: ParsedFlags): HealthConfig | undefined {
  const command = flags.string("health-cmd") ?? "";
  const interval = duration(flags, "health-interval");
  const timeout = duration(flags, "health-timeout");
  const startPeriod = duration(flags, "health-start-period");
  const startInterval = duration(flags, "health-start-interval");
  const retries = flags.int("health-retries") ?? 0;
  const given = [interval, timeout, startPeriod, startInterval, retries].some((value) => value !== 0);
  if (flags.bool("no-healthcheck")) {
    if (given || command !== "") throw new Error("--no-healthcheck conflicts with --health-* options");
    return { Test: ["NONE"] };
  }
  if (!given && command === "") return undefined;
  notNegative("health-interval", interval);
  notNegative("health-timeout", timeout);
  notNegative("health-retries", retries);
  notNegative("health-start-period", startPeriod);
  notNegative("health-start-interval", startInterval);
  return {
    ...(command !== "" && { Test: ["CMD-SHELL", command] }),
    ...(interval && { Interval: interval }),
    ...(timeout && { Timeout: timeout }),
    ...(startPeriod && { StartPeriod: startPeriod }),
    ...(startInterval && { StartInterval: startInterval }),
    ...(retries && { Retries: retries }),
  };
}

function duration(flags: ParsedFlags, name: string): number {
  return parseDuration(flags.string(name) ?? "0s");
}

function notNegative(name: string, value: number): void {
  if (value < 0) throw new Error(`--${name} cannot be negative`);
}
