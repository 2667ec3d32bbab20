import { EngineError } from "../../base/errors.ts";

/** Throws Docker's errors for a list (`0-2,4`) that is malformed or names what the machine does not have. */
export function checkCpuset(what: "cpus" | "mems", asked: string, available: string | undefined): void {
  if (asked === "") return;
  const wanted = parseList(asked);
  if (wanted === undefined) {
    throw new EngineError(
      "invalid",
      `Invalid value ${asked} for cpuset ${what}: invalid format: ${badPart(asked)}`,
    );
  }
  if (available === undefined) return;
  const present = parseList(available) ?? new Set<number>();
  if ([...wanted].every((number) => present.has(number))) return;
  const noun = what === "cpus" ? "CPUs" : "memory nodes";
  throw new EngineError(
    "invalid",
    `Requested ${noun} are not available - requested ${asked}, available: ${available}`,
  );
}

function parseList(text: string): Set<number> | undefined {
  const numbers = new Set<number>();
  for (const part of text.split(",")) {
    const range = parseRange(part);
    if (range === undefined) return undefined;
    for (let number = range.first; number <= range.last; number += 1) numbers.add(number);
  }
  return numbers;
}

const maxNumber = 8192;

function parseRange(part: string): { first: number; last: number } | undefined {
  const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first <= last && last < maxNumber ? { first, last } : undefined;
}

function badPart(text: string): string {
  return text.split(",").find((part) => parseRange(part) === undefined) ?? text;
}
