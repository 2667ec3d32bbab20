import { expect, test } from "bun:test";
import { DetachWatcher, detachSequence } from "./detach-keys.ts";

const [p, q] = [16, 17];

function type(...chunks: number[][]): { sent: number[]; detached: boolean } {
  const watcher = new DetachWatcher(detachSequence(undefined, () => undefined));
  const sent: number[] = [];
  for (const chunk of chunks) {
    const { bytes, detached } = watcher.push(Uint8Array.from(chunk));
    sent.push(...bytes);
    if (detached) return { sent, detached };
  }
  return { sent, detached: false };
}

test("the sequence detaches, also in pieces and amid other keys", () => {
  expect(type([p, q])).toEqual({ sent: [], detached: true });
  expect(type([p], [q])).toEqual({ sent: [], detached: true });
  expect(type([97, p], [q, 98])).toEqual({ sent: [97], detached: true });
  expect(type([p, p, q])).toEqual({ sent: [p], detached: true });
});

test("a part of it is sent on once it is none", () => {
  expect(type([p], [97])).toEqual({ sent: [p, 97], detached: false });
  expect(type([q, 97])).toEqual({ sent: [q, 97], detached: false });
  expect(type([p])).toEqual({ sent: [], detached: false });
});

test("bad keys are warned of and docker's own taken", () => {
  const warnings: string[] = [];
  expect([...detachSequence("nonsense", (message) => warnings.push(message))]).toEqual([p, q]);
  expect(warnings).toHaveLength(1);
  expect([...detachSequence("ctrl-a,b", (message) => warnings.push(message))]).toEqual([1, 98]);
});
