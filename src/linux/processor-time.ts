import { readFileSync } from "node:fs";

export interface ProcessorTime {
  /** Of all processors since boot, idle time included. */
  totalNanos: number;
  processors: number;
}

const nanosPerTick = 1e9 / 100;
/** user to softirq: what hypervisors stole, and guests (already in user), are not counted, as in dockerd. */
const countedFields = 7;

/** proc_stat(5). */
export function processorTime(): ProcessorTime {
  return parseProcessorTime(readFileSync("/proc/stat", "utf8"));
}

export function parseProcessorTime(text: string): ProcessorTime {
  const lines = text.split("\n").filter((line) => line.startsWith("cpu"));
  const [all = ""] = lines;
  const ticks = all.split(/\s+/).slice(1, 1 + countedFields);
  return {
    totalNanos: ticks.reduce((sum, field) => sum + Number(field), 0) * nanosPerTick,
    processors: lines.length - 1,
  };
}
