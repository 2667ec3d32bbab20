import type {
  ImageDiff,
  ImageDiffFile,
  ImageDiffLayer,
  ImageDiffSide,
  ImageDiffTally,
} from "../../spec/api/image-diff.ts";
import { formatBytes } from "../../spec/size.ts";
import { ellipsis } from "./display-width.ts";
import { shortId } from "./human.ts";
import { formatTable } from "./tabwriter.ts";

/** Both images' layers, then the files. */
export function renderImageDiff(
  diff: ImageDiff,
  names: readonly [string, string],
  truncate: boolean,
): string {
  const parts = [
    side(names[0], diff.From, truncate),
    side(names[1], diff.To, truncate),
    diff.Files.length === 0 ? "The files are the same.\n" : files(diff, truncate),
  ];
  return parts.join("\n");
}

function side(name: string, { Id, Size, Layers }: ImageDiffSide, truncate: boolean): string {
  const header = ["LAYER", "SIZE", "ADDED", "CHANGED", "REMOVED", "WASTED", "CREATED BY"];
  const rows = Layers.map((layer) => layerRow(layer, truncate));
  const wasted = Layers.reduce((sum, layer) => sum + layer.Wasted.Size, 0);
  const waste = wasted > 0 ? `, ${size(wasted)} of it wasted` : "";
  return `${name}  ${truncate ? shortId(Id) : Id}  ${size(Size)}${waste}\n${formatTable([header, ...rows])}`;
}

function layerRow(layer: ImageDiffLayer, truncate: boolean): string[] {
  const id = truncate ? shortId(layer.DiffID) : layer.DiffID;
  const command = layer.CreatedBy.replaceAll(/\s+/g, " ");
  return [
    layer.Shared ? `${id} =` : id,
    size(layer.Size),
    tally(layer.Added),
    tally(layer.Changed),
    tally(layer.Removed),
    tally(layer.Wasted),
    truncate ? ellipsis(command, 45) : command,
  ];
}

function tally({ Files, Size }: ImageDiffTally): string {
  return Files === 0 ? "-" : `${Files} (${size(Size)})`;
}

const letters = { added: "A", changed: "C", removed: "D" } as const;

function files({ From, To, Files }: ImageDiff, truncate: boolean): string {
  const rows = Files.map((file) => {
    const layers = file.Kind === "removed" ? From.Layers : To.Layers;
    const id = layers[file.Layer]?.DiffID ?? "";
    return [letters[file.Kind], sizeChange(file), truncate ? shortId(id) : id, path(file)];
  });
  return formatTable([["", "SIZE", "LAYER", "PATH"], ...rows]);
}

function sizeChange({ SizeBefore = 0, SizeAfter = 0 }: ImageDiffFile): string {
  const change = SizeAfter - SizeBefore;
  return change === 0 ? "0B" : `${change > 0 ? "+" : "-"}${size(Math.abs(change))}`;
}

/** Where not the content changed, in what else. */
function path({ Path, Type, What = [] }: ImageDiffFile): string {
  const slash = Type === "directory" ? "/" : "";
  const what = What.filter((part) => part !== "content");
  return what.length === 0 ? `${Path}${slash}` : `${Path}${slash} (${what.join(", ")})`;
}

function size(sizeBytes: number): string {
  return formatBytes(sizeBytes, 3);
}
