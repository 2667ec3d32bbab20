import { formatBytes } from "../../spec/size.ts";
import { formatDuration } from "../../spec/duration.ts";

/** How far an operation is, as the engine reports it (Docker's jsonmessage). */
export interface ProgressDetail {
  current?: number;
  total?: number;
  /** Unix time at which it began, for the time left. */
  start?: number;
  hidecounts?: boolean;
  /** What is counted; bytes when absent. */
  units?: string;
}

/** Below this many columns there is no room for the bar, and below the other none for the time left. */
const columnsForBar = 110;
const columnsForTime = 50;
const barWidth = 50;

/** `[=====>     ]  1.5MB/3MB`; empty when nothing is known. */
export function progressBar(detail: ProgressDetail, columns: number, now = Date.now()): string {
  const { current = 0, total = 0, units = "" } = detail;
  if (current <= 0 && total <= 0) return "";
  if (total <= 0) return units === "" ? formatBytes(current).padStart(8) : `${current} ${units}`;
  const filled = Math.min(Math.trunc(Math.trunc((current / total) * 100) / 2), barWidth);
  const bar = columns > columnsForBar ? `[${"=".repeat(filled)}>${" ".repeat(barWidth - filled)}] ` : "";
  const left = columns > columnsForTime && filled < barWidth ? timeLeft(detail, now) : "";
  return bar + counts(detail) + left;
}

function counts({ current = 0, total = 0, hidecounts = false, units = "" }: ProgressDetail): string {
  if (hidecounts) return "";
  const whole = current <= total;
  if (units !== "") return whole ? `${current}/${total} ${units}` : `${current} ${units}`;
  const done = formatBytes(current).padStart(8);
  return whole ? `${done}/${formatBytes(total)}` : done;
}

function timeLeft({ current = 0, total = 0, start = 0 }: ProgressDetail, now: number): string {
  if (current <= 0 || start <= 0) return "";
  const perItemMs = (now - start * 1000) / current;
  const leftSeconds = Math.trunc(((total - current) * perItemMs) / 1000);
  return ` ${formatDuration(leftSeconds * 1e9)}`;
}
