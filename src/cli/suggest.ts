import type { Flag } from "./command.ts";

/** The flag that an unknown one was likely meant to be: `--it` → `-it`, `-rm` → `--rm`, `--pul` → `--pull`. */
export function suggestFlag(word: string, flags: readonly Flag[]): string | undefined {
  const name = word.replace(/^-+/, "").replace(/=.*/s, "");
  const visible = flags.filter((flag) => !flag.hidden);
  const exact = visible.find((flag) => flag.name === name);
  if (exact !== undefined) return `--${exact.name}`;
  const letters = name.split("");
  if (word.startsWith("--") && letters.every((letter) => visible.some((flag) => flag.short === letter)))
    return `-${name}`;
  const near = nearest(
    name,
    visible.map((flag) => flag.name),
  );
  return near === undefined ? undefined : `--${near}`;
}

/** The candidate within two edits of the word (one for short words), the nearest first. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const limit = word.length <= 4 ? 1 : 2;
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Damerau-Levenshtein with adjacent swaps: `rnu` is one edit from `run`. */
export function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const current = [i];
    for (let j = 1; j <= right.length; j++) {
      const cost = left[i - 1] === right[j - 1] ? 0 : 1;
      let distance = Math.min((row[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1])
        distance = Math.min(distance, (before[j - 2] ?? 0) + 1);
      current.push(distance);
    }
    before = row;
    row = current;
  }
  return row[right.length] ?? 0;
}
