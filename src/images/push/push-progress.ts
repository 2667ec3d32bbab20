import { shortId } from "../../base/ids.ts";
import type { Digest } from "../../spec/digest.ts";
import type { Progress } from "../image-service.ts";
import { transferProgress } from "../progress-text.ts";

/** Between two lines about the same layer. */
const stepMs = 100;

/** One layer's lines in Docker's stream. */
export interface PushLines {
  say(status: string): void;
  pushing(currentBytes: number, totalBytes: number): void;
}

export function pushLines(diffId: Digest, progress: Progress): PushLines {
  const id = shortId(diffId);
  let shownAtMs = 0;
  return {
    say: (status) => progress({ status, progressDetail: {}, id }),
    pushing(currentBytes, totalBytes) {
      const now = performance.now();
      if (currentBytes < totalBytes && now - shownAtMs < stepMs) return;
      shownAtMs = now;
      progress(transferProgress("Pushing", id, currentBytes, totalBytes));
    },
  };
}
