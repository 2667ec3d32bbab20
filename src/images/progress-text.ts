import { formatBytes } from "../spec/size.ts";
import type { ProgressMessage } from "./image-service.ts";

const barWidth = 50;

/** A line of a transfer's progress: numbers for programs, and the bar that Docker sends along for people. */
export function transferProgress(
  status: string,
  id: string,
  current: number,
  total: number,
): ProgressMessage {
  return { status, progressDetail: { current, total }, progress: bar(current, total), id };
}

function bar(current: number, total: number): string {
  const done = total > 0 ? Math.floor(Math.min(current / total, 1) * barWidth) : 0;
  const arrow =
    done < barWidth ? "=".repeat(done) + ">" + " ".repeat(barWidth - done) : `${"=".repeat(barWidth)}>`;
  return `[${arrow}] ${formatBytes(current).padStart(8)}/${formatBytes(total)}`;
}
