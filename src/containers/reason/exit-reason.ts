import { constants } from "node:os";
import type { Exit } from "../../runtime/runtime-service.ts";
import { formatBinaryBytes } from "../../spec/size.ts";

/** What the engine itself had to do with an end. */
export interface EndContext {
  /** A stop, kill or removal that a client asked for. */
  byUser: boolean;
  /** What its last probe said, where it was ended for being unhealthy. */
  unhealthy?: string;
}

/** Codes above this are 128 and the signal that ended the process. */
const signalBase = 128;

/** Why a container ended, in one line; empty where its exit code says it all. */
export function exitReason(exit: Exit, { byUser, unhealthy }: EndContext): string {
  if (exit.oom !== undefined) return oomReason(exit.oom);
  if (exit.unseen) return "the machine went down while it ran";
  if (unhealthy !== undefined) return `unhealthy: ${firstLine(unhealthy) || "its probes failed"}`;
  const signal = signalName(exit.exitCode);
  if (signal === undefined) return "";
  const number = exit.exitCode - signalBase;
  if (byUser) return `ended by ${signal} as asked`;
  return `signal ${number} (${signal}), not sent through this engine`;
}

function oomReason({ task = "a process", usedBytes, limitBytes }: NonNullable<Exit["oom"]>): string {
  if (limitBytes === Infinity) return `OOM: ${task} was ended as the machine had no memory left`;
  const used = formatBinaryBytes(Math.min(usedBytes ?? limitBytes, limitBytes));
  return `OOM: ${task} used ${spaced(used)} of ${spaced(formatBinaryBytes(limitBytes))}`;
}

function spaced(size: string): string {
  return size.replace(/(?<=\d)(?=[A-Z])/, " ");
}

function signalName(exitCode: number): string | undefined {
  const number = exitCode - signalBase;
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}
