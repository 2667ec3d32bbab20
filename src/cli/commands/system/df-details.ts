// `system df -v`: every image, container, volume and build cache record.
import type { ContainerSummary } from "../../../spec/api/container.ts";
import type { BuildCache, ImageSummary } from "../../../spec/api/image.ts";
import { familiarName, parseReference } from "../../../spec/reference.ts";
import { formatBytes } from "../../../spec/size.ts";
import { buildCacheRows, sortBuildCache } from "../../format/rows/build-cache.ts";
import { containerRows } from "../../format/rows/containers.ts";
import { type ImageRow, imageRows, isDangling } from "../../format/rows/images.ts";
import { volumeRows } from "../../format/rows/volumes.ts";
import { renderRows } from "../../format/rows.ts";
import type { DiskUsage } from "./df.ts";

const imageColumns = [
  "Repository",
  "Tag",
  "ID",
  "CreatedSince",
  "Size",
  "SharedSize",
  "UniqueSize",
  "Containers",
];
const containerColumns = ["ID", "Image", "Command", "LocalVolumes", "Size", "RunningFor", "Status", "Names"];
const volumeColumns = ["Name", "Links", "Size"];
const cacheColumns = ["ID", "CacheType", "Size", "CreatedSince", "LastUsedSince", "UsageCount", "Shared"];

export async function renderDetails(usage: DiskUsage, format: string): Promise<string> {
  const details = {
    images: (usage.Images ?? []).map(imageRow),
    containers: (usage.Containers ?? []).map(withoutVirtualSize),
    volumes: usage.Volumes ?? [],
    buildCache: sortBuildCache(usage.BuildCache ?? []),
  };
  if (format !== "" && format !== "table") {
    const { renderDiskUsageTemplate } = await import("../../format/disk-usage-template.ts");
    return renderDiskUsageTemplate(details, format);
  }
  const cut = { truncate: true };
  return [
    "Images space usage:\n\n",
    await renderRows(imageRows, details.images, { columns: imageColumns }, cut),
    "\nContainers space usage:\n\n",
    await renderRows(containerRows, details.containers, { columns: containerColumns }, cut),
    "\nLocal Volumes space usage:\n\n",
    await renderRows(volumeRows, details.volumes, { columns: volumeColumns }, cut),
    `\nBuild cache usage: ${formatBytes(cacheBytes(details.buildCache))}\n\n`,
    await renderRows(buildCacheRows, details.buildCache, { columns: cacheColumns }, cut),
  ].join("");
}

function cacheBytes(records: readonly BuildCache[]): number {
  return records.reduce((total, { Shared, Size = 0 }) => total + (Shared ? 0 : Size), 0);
}

/** By its first name alone. */
function imageRow(image: ImageSummary): ImageRow {
  const none = { image, repository: "<none>", tag: "<none>", digest: "" };
  const [first] = image.RepoTags ?? [];
  if (first === undefined || isDangling(image)) return none;
  const reference = parseReference(first);
  if (reference.tag === undefined) return none;
  return { image, repository: familiarName(reference), tag: reference.tag, digest: "" };
}

function withoutVirtualSize(container: ContainerSummary): ContainerSummary {
  return { ...container, SizeRootFs: 0 };
}
