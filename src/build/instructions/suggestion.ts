import { nearest } from "../../base/nearest.ts";

/** ` (did you mean X?)` for a misspelt word; nothing if no candidate is near. */
export function suggestion(word: string, candidates: Iterable<string>): string {
  const near = nearWord(word, candidates);
  return near === undefined ? "" : ` (did you mean ${near}?)`;
}

/** The candidate within two edits, whatever its case; none if the word is a candidate itself. */
export function nearWord(word: string, candidates: Iterable<string>): string | undefined {
  const byLower = new Map(Array.from(candidates, (candidate) => [candidate.toLowerCase(), candidate]));
  const lower = word.toLowerCase();
  if (byLower.has(lower)) return undefined;
  const near = nearest(lower, byLower.keys(), 2);
  return near === undefined ? undefined : byLower.get(near);
}
