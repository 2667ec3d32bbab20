import { parseDuration } from "../../spec/duration.ts";
import type { Node } from "../dockerfile/node.ts";
import { type FlagKind, type Flags, readFlags } from "./flags.ts";
import type { HealthcheckInstruction } from "./instruction.ts";

const durations = ["interval", "timeout", "start-period", "start-interval"] as const;
const table: Record<string, FlagKind> = {
  ...Object.fromEntries(durations.map((name) => [name, "string" as const])),
  retries: "string",
};
const leastNs = 1e6;

/** Reads `HEALTHCHECK [flags] CMD …` or `HEALTHCHECK NONE`. Throws an Error in BuildKit's words. */
export function readHealthcheck(node: Node): HealthcheckInstruction {
  const [kind, ...words] = node.words;
  if (kind === undefined) throw new Error("HEALTHCHECK requires at least one argument");
  const written = { kind: "healthcheck", range: node.range, text: node.text } as const;
  if (kind.toUpperCase() === "NONE") {
    if (words.length > 0) throw new Error("HEALTHCHECK NONE takes no arguments");
    return { ...written, test: ["NONE"] };
  }
  const flags = readFlags(node.flags, table);
  if (kind.toUpperCase() !== "CMD")
    throw new Error(`Unknown type ${JSON.stringify(kind.toUpperCase())} in HEALTHCHECK (try CMD)`);
  if (words.length === 0) throw new Error("Missing command after HEALTHCHECK CMD");
  return { ...written, test: [node.json ? "CMD" : "CMD-SHELL", ...words], ...timing(flags) };
}

function timing(flags: Flags) {
  const [intervalNs, timeoutNs, startPeriodNs, startIntervalNs] = durations.map((name) =>
    durationNs(name, flags.string(name)),
  );
  const retries = retryCount(flags.string("retries"));
  return {
    ...(intervalNs !== undefined && { intervalNs }),
    ...(timeoutNs !== undefined && { timeoutNs }),
    ...(startPeriodNs !== undefined && { startPeriodNs }),
    ...(startIntervalNs !== undefined && { startIntervalNs }),
    ...(retries !== undefined && { retries }),
  };
}

function durationNs(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const value = parseDuration(text);
  if (value !== 0 && value < leastNs)
    throw new Error(`Interval ${JSON.stringify(name)} cannot be less than 1ms`);
  return value;
}

function retryCount(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (!/^[+-]?\d+$/.test(text))
    throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const count = Number(text);
  if (count < 0) throw new Error(`--retries cannot be negative (${count})`);
  if (count >= 2 ** 31)
    throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  return count;
}
