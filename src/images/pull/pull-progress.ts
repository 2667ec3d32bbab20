import { shortId } from "../../base/ids.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import type { Progress } from "../image-service.ts";
import { transferProgress } from "../progress-text.ts";
import type { TransferWatcher } from "./layer-transfers.ts";

/** Between two lines about the same layer. */
const stepMs = 100;

/** One layer's lines in Docker's stream; `id` is what clients know the layer by. */
export interface LayerLines extends TransferWatcher {
  say(status: string): void;
  extracting(): void;
}

export function layerLines({ digest, size }: Descriptor, progress: Progress): LayerLines {
  const id = shortId(digest);
  let shownAtMs = 0;
  const say = (status: string) => progress({ status, progressDetail: {}, id });
  return {
    say,
    waiting: () => say("Waiting"),
    downloading(currentBytes) {
      const now = performance.now();
      if (currentBytes < size && now - shownAtMs < stepMs) return;
      shownAtMs = now;
      progress(transferProgress("Downloading", id, currentBytes, size));
    },
    retrying(delayMs) {
      const seconds = Math.max(1, Math.round(delayMs / 1000));
      say(`Retrying in ${seconds} second${seconds === 1 ? "" : "s"}`);
    },
    verifying: () => say("Verifying Checksum"),
    complete: () => say("Download complete"),
    extracting: () => progress(transferProgress("Extracting", id, size, size)),
  };
}
