import type { LayerChoice } from "../../spec/layer-choice.ts";
import { isGzipLayer } from "../push/layer-types.ts";

/** Whether a layer may go in the form of this media type. `isKept`: it is the one that it came here in. */
export function isChosen(
  { mediaType }: { mediaType: string },
  isKept: boolean,
  choice: LayerChoice,
): boolean {
  if (isKept && !choice.force) return true;
  if (choice.compression === "gzip") return isGzipLayer(mediaType);
  return choice.compression === "zstd" ? mediaType.endsWith("+zstd") : mediaType.endsWith(".tar");
}
