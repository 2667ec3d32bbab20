import { nearest } from "../../base/nearest.ts";

/** ` (did you mean X?)` for a misspelt word; nothing if no candidate is near. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const lower = word.toLowerCase();
  const near = nearest(
    lower,
    candidates.map((candidate) => candidate.toLowerCase()),
    2,
  );
  if (near === undefined || near === lower) return "";
  const written = candidates.find((candidate) => candidate.toLowerCase() === near);
  return ` (did you mean ${written}?)`;
}
