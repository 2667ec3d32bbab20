import { isAbsolute } from "node:path";
import { EngineError } from "../base/errors.ts";
import type { ContainerConfig } from "../spec/api/container.ts";
import { parseSignal } from "../spec/signal.ts";

const millisecond = 1_000_000;

/** What dockerd checks of a container's own configuration at create, with its messages. */
export function validateConfig(config: ContainerConfig): void {
  if (config.WorkingDir && !isAbsolute(config.WorkingDir)) {
    refuse(`the working directory '${config.WorkingDir}' is invalid, it needs to be an absolute path`);
  }
  for (const variable of config.Env ?? []) {
    if (variable === "" || variable.startsWith("=")) refuse(`invalid environment variable: ${variable}`);
  }
  if (config.StopSignal) parseSignal(config.StopSignal);
  validateHealthcheck(config);
}

function validateHealthcheck({ Healthcheck: health }: ContainerConfig): void {
  if (health === undefined) return;
  const times = {
    Interval: health.Interval,
    Timeout: health.Timeout,
    StartPeriod: health.StartPeriod,
    StartInterval: health.StartInterval,
  };
  for (const [name, value] of Object.entries(times)) {
    if (value !== undefined && value !== 0 && value < millisecond) {
      refuse(`${name} in Healthcheck cannot be less than 1ms`);
    }
  }
  if (health.Retries !== undefined && health.Retries < 0) refuse("Retries in Healthcheck cannot be negative");
}

function refuse(message: string): never {
  throw new EngineError("invalid", message);
}
