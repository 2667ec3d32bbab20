import { EngineError } from "../base/errors.ts";

export interface Ulimit {
  Name: string;
  Hard: number;
  Soft: number;
}

/** The kernel's resource limits (getrlimit(2)) by the names users give them. */
export const ulimitNames = [
  "core",
  "cpu",
  "data",
  "fsize",
  "locks",
  "memlock",
  "msgqueue",
  "nice",
  "nofile",
  "nproc",
  "rss",
  "rtprio",
  "rttime",
  "sigpending",
  "stack",
] as const;

/** `NAME=SOFT[:HARD]`; -1 is unlimited. Throws `invalid` with the docker command's words. */
export function parseUlimit(text: string): Ulimit {
  const equals = text.indexOf("=");
  if (equals < 0) throw invalid(`invalid ulimit argument: ${text}`);
  const name = text.slice(0, equals);
  const value = text.slice(equals + 1);
  if (!(ulimitNames as readonly string[]).includes(name)) throw invalid(`invalid ulimit type: ${name}`);
  const limits = value.split(":");
  if (limits.length > 2) {
    throw invalid(`too many limit value arguments - ${value}, can only have up to two, \`soft[:hard]\``);
  }
  const [soft = 0, hard = soft] = limits.map(limit);
  checkOrder(soft, hard);
  return { Name: name, Hard: hard, Soft: soft };
}

function checkOrder(soft: number, hard: number): void {
  if (hard === -1 || (soft !== -1 && soft <= hard)) return;
  const both = soft === -1 ? `soft: -1 (unlimited), hard: ${hard}` : `${soft} > ${hard}`;
  throw invalid(`ulimit soft limit must be less than or equal to hard limit: ${both}`);
}

function limit(text: string): number {
  const quoted = JSON.stringify(text);
  if (!/^[+-]?\d+$/.test(text)) throw invalid(`strconv.ParseInt: parsing ${quoted}: invalid syntax`);
  const number = BigInt(text.replace(/^\+/, ""));
  if (BigInt.asIntN(64, number) !== number) {
    throw invalid(`strconv.ParseInt: parsing ${quoted}: value out of range`);
  }
  return Number(number);
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
