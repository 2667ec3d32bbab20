import { formatBytes } from "../spec/size.ts";
import type { ProgressMessage } from "./image-service.ts";

const barWidth = 50;

/** A line of a transfer's progress: numbers for programs, and the bar that Docker sends along for people. How much it will be may be unknown. */
export function transferProgress(
  status: string,
  id: string | undefined,
  current: number,
  total: number | undefined,
): ProgressMessage {
  const name = id === undefined ? {} : { id };
  if (total === undefined) {
    const progress = formatBytes(current).padStart(8);
    return { status, progressDetail: { current }, progress, ...name };
  }
  return { status, progressDetail: { current, total }, progress: bar(current, total), ...name };
}

function bar(current: number, total: number): string {
  const done = total > 0 ? Math.floor(Math.min(current / total, 1) * barWidth) : 0;
  const arrow =
    done < barWidth ? "=".repeat(done) + ">" + " ".repeat(barWidth - done) : `${"=".repeat(barWidth)}>`;
  return `[${arrow}] ${formatBytes(current).padStart(8)}/${formatBytes(total)}`;
}
