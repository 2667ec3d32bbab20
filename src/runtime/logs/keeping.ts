import { parseBool } from "../../spec/boolean.ts";
import { parseLogFileOptions } from "../../spec/log-opt.ts";

/** How much of a container's output is kept. Sizes are of the log as it is written, before it is compressed. */
export interface LogKeeping {
  /** A segment is finished when it is this large. */
  segmentBytes: number;
  /** Of all segments; undefined for no bound. */
  keptBytes?: number;
  compress: boolean;
}

/** Whether the container's output can be read back. */
export function isReadable(driver: string, options: Record<string, string>): boolean {
  return driver !== "none" && parseBool(options["cache-disabled"] ?? "") !== true;
}

const mebibyte = 1024 * 1024;
const maxSegmentBytes = 20 * mebibyte;
/** A monitor that is left alone must not lose a burst of output: it gets no less room than this. */
const minMonitorBytes = 8 * mebibyte;

/** What a log driver's options ask for. Undefined where nothing is to be kept. */
export function keepingOf(driver: string, options: Record<string, string>): LogKeeping | undefined {
  if (driver === "none") return undefined;
  const { maxSizeBytes, maxFiles, compress } = parseLogFileOptions(driver, options);
  const segmentBytes = Math.min(maxSizeBytes ?? maxSegmentBytes, maxSegmentBytes);
  if (maxSizeBytes === undefined) return { segmentBytes, compress: true };
  return { segmentBytes, keptBytes: maxSizeBytes * maxFiles, compress };
}

/** When a monitor by itself begins its file anew: what bounds the log while no engine lives. */
export function monitorBytes({ keptBytes }: LogKeeping): number | undefined {
  return keptBytes === undefined ? undefined : Math.max(Math.ceil(keptBytes / 2), minMonitorBytes);
}
