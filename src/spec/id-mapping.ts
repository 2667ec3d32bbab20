import { EngineError } from "../base/errors.ts";

/** A run of ids of a user namespace and where it lies among the host's: user_namespaces(7). */
export interface IdRange {
  inside: number;
  outside: number;
  count: number;
}

/** Users and groups of a user namespace. */
export interface IdMapping {
  users: IdRange[];
  groups: IdRange[];
}

/** The host's id of the namespace's root. */
export function rootOf(ranges: readonly IdRange[]): number {
  return ranges.find(({ inside }) => inside === 0)?.outside ?? 0;
}

/** The lines of /proc/PID/uid_map. */
export function mapText(ranges: readonly IdRange[]): string {
  return ranges.map(({ inside, outside, count }) => `${inside} ${outside} ${count}\n`).join("");
}

/**
 * The ranges of `names` (an account's name and number, either may stand there) in /etc/subuid or /etc/subgid, one after
 * the other from 0 on: subuid(5). Throws `invalid` where there is none.
 */
export function subordinateRanges(text: string, names: readonly string[], file: string): IdRange[] {
  const ranges: IdRange[] = [];
  let inside = 0;
  for (const line of text.split("\n")) {
    const [name = "", start = "", count = ""] = line.trim().split(":");
    if (!names.includes(name) || !/^\d+$/.test(start) || !/^[1-9]\d*$/.test(count)) continue;
    ranges.push({ inside, outside: Number(start), count: Number(count) });
    inside += Number(count);
  }
  if (ranges.length === 0) {
    const name = names[0] ?? "";
    throw new EngineError(
      "invalid",
      `no subordinate ids for ${name} in ${file}: add a line like ${name}:100000:65536`,
    );
  }
  return ranges;
}
