/** Where an answer of ours is not dockerd's, on purpose. */
export interface Allowed {
  /** Why. */
  reason: string;
  /** What dockerd says; it must be there, or the entry is out of date. */
  theirs: string | RegExp;
  /** What ours says in its place. */
  ours: string;
}

/** By the title of the case. */
export const allowed: Record<string, Allowed[]> = {};

/** Dockerd's answer to a case with every allowed difference put in. */
export function withAllowed(title: string, answer: string): string {
  return (allowed[title] ?? []).reduce((text, { theirs, ours, reason }) => {
    const changed = text.replaceAll(theirs, ours);
    if (changed === text)
      throw new Error(`${title}: dockerd does not say ${String(theirs)} (allowed as: ${reason})`);
    return changed;
  }, answer);
}
