import { must } from "../test/support/command.ts";
import { residentBytes, type Side } from "./side.ts";

export interface Job {
  name: string;
  unit: "ms" | "MiB";
  rounds: number;
  /** One measurement on one engine. */
  measure(side: Side): Promise<number>;
}

export function timed(name: string, rounds: number, action: (side: Side) => Promise<void>): Job {
  return { name, unit: "ms", rounds, measure: (side) => millisecondsOf(() => action(side)) };
}

/** The most memory that the engines' own processes had at once while `watched` ran, by the side's name. */
const peaks = new Map<string, number>();

/** As `millisecondsOf`, and the engine's memory is looked at meanwhile. */
export async function watched(side: Side, action: () => Promise<void>): Promise<number> {
  const pids = side.pids();
  const look = () => {
    peaks.set(side.name, Math.max(peaks.get(side.name) ?? 0, residentBytes(pids)));
  };
  look();
  const timer = setInterval(look, 20);
  try {
    return await millisecondsOf(action);
  } finally {
    clearInterval(timer);
  }
}

/** What `watched` has seen since it was asked for the last time; undefined where nothing was watched. */
export function takePeakBytes(side: Side): number | undefined {
  const peak = peaks.get(side.name);
  peaks.delete(side.name);
  return peak;
}

export async function docker(side: Side, ...args: string[]): Promise<void> {
  await must([...side.command, ...args]);
}

export async function millisecondsOf(action: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
