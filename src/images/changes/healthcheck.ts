import { EngineError } from "../../base/errors.ts";
import type { HealthConfig } from "../../spec/api/container.ts";
import { parseDuration } from "../../spec/duration.ts";
import { commandOf } from "./command-form.ts";

const durationFlags = {
  interval: "Interval",
  timeout: "Timeout",
  "start-period": "StartPeriod",
  "start-interval": "StartInterval",
} as const;

/** `NONE`, or `[--interval=… …] CMD command`. Throws `invalid` with dockerd's words. */
export function parseHealthcheck(rest: string): HealthConfig {
  const config: HealthConfig = {};
  let text = rest;
  for (let match = /^--(\S+)\s*/.exec(text); match !== null; match = /^--(\S+)\s*/.exec(text)) {
    applyFlag(config, match[1] ?? "");
    text = text.slice(match[0].length);
  }
  const [, type = "", command = ""] = /^(\S+)\s*([^]*)$/.exec(text) ?? [];
  if (type.toUpperCase() === "NONE") {
    if (command !== "") throw new EngineError("invalid", "HEALTHCHECK NONE takes no arguments");
    return { Test: ["NONE"] };
  }
  if (type === "") throw new EngineError("invalid", "HEALTHCHECK requires at least one argument");
  if (type.toUpperCase() !== "CMD")
    throw new EngineError(
      "invalid",
      `Unknown type ${JSON.stringify(type.toUpperCase())} in HEALTHCHECK (try CMD)`,
    );
  if (command === "") throw new EngineError("invalid", "Missing command after HEALTHCHECK CMD");
  const form = commandOf(command);
  return { ...config, Test: form.exec ? ["CMD", ...form.words] : ["CMD-SHELL", ...form.words] };
}

function applyFlag(config: HealthConfig, flag: string): void {
  const [name = "", value = ""] = flag.split(/=([^]*)/, 2);
  if (name === "retries") {
    if (!/^[+-]?\d+$/.test(value))
      throw new EngineError("invalid", `strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
    if (Number(value) < 0) throw new EngineError("invalid", `--retries cannot be negative (${value})`);
    config.Retries = Number(value);
    return;
  }
  const field = durationFlags[name as keyof typeof durationFlags] as
    | (typeof durationFlags)[keyof typeof durationFlags]
    | undefined;
  if (field === undefined) throw new EngineError("invalid", `unknown flag: --${name}`);
  const nanoseconds = parseDuration(value);
  if (nanoseconds !== 0 && nanoseconds < 1_000_000)
    throw new EngineError("invalid", `Interval ${JSON.stringify(name)} cannot be less than 1ms`);
  config[field] = nanoseconds;
}
