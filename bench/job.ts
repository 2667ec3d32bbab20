import { must } from "../test/support/command.ts";
import type { Side } from "./side.ts";

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
