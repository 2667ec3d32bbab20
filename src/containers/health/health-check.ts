import type { ContainerConfig, HealthConfig } from "../../spec/api/container.ts";

/** How a container's health is asked for; times in milliseconds. */
export interface HealthCheck {
  command: string[];
  intervalMs: number;
  timeoutMs: number;
  /** Failures this soon after the start do not count. */
  startPeriodMs: number;
  /** Between probes until the first success, within the start period. */
  startIntervalMs: number;
  /** So many failures in a row make it unhealthy. */
  retries: number;
}

const defaults = {
  intervalMs: 30_000,
  timeoutMs: 30_000,
  startPeriodMs: 0,
  startIntervalMs: 5000,
  retries: 3,
};
const nanosPerMilli = 1e6;

/** Undefined for a container without a check: none configured, `NONE`, or a kind nobody knows. */
export function healthCheckOf({ Healthcheck: config, Shell }: ContainerConfig): HealthCheck | undefined {
  const command = commandOf(config?.Test ?? [], Shell ?? []);
  if (config === undefined || command === undefined) return undefined;
  return {
    command,
    intervalMs: milliseconds(config.Interval, defaults.intervalMs),
    timeoutMs: milliseconds(config.Timeout, defaults.timeoutMs),
    startPeriodMs: milliseconds(config.StartPeriod, defaults.startPeriodMs),
    startIntervalMs: milliseconds(config.StartInterval, defaults.startIntervalMs),
    retries: config.Retries || defaults.retries,
  };
}

/** Zero, too, means the default. */
function milliseconds(nanos: number | undefined, otherwise: number): number {
  return nanos ? nanos / nanosPerMilli : otherwise;
}

function commandOf([kind, ...words]: string[], shell: string[]): string[] | undefined {
  if (kind === "CMD") return words.length === 0 ? undefined : words;
  if (kind === "CMD-SHELL") return [...(shell.length > 0 ? shell : ["/bin/sh", "-c"]), ...words];
  return undefined;
}

/** What the user leaves open of a check is the image's. */
export function mergeHealthConfig(
  user: HealthConfig | undefined,
  image: HealthConfig | undefined,
): HealthConfig | undefined {
  if (user === undefined || image === undefined) return user ?? image;
  return {
    ...image,
    ...Object.fromEntries(
      Object.entries(user).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : Boolean(value))),
    ),
  };
}
