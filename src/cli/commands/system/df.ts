import type { BuildCache, ImageSummary } from "../../../spec/api/image.ts";
import type { ContainerSummary } from "../../../spec/api/container.ts";
import type { Volume } from "../../../spec/api/volume.ts";
import type { Command, CommandContext } from "../../command.ts";
import { listFormatFlag } from "../../format-flag.ts";
import { type DiskUsageRow, diskUsageLayout, diskUsageRows } from "../../format/rows/disk-usage.ts";
import { renderRows } from "../../format/rows.ts";

export const command: Command = {
  names: ["system df"],
  usage: "[OPTIONS]",
  summary: "Show docker disk usage",
  flags: [
    listFormatFlag,
    { name: "verbose", short: "v", kind: "bool", summary: "Show detailed information on space usage" },
  ],
  args: [0, 0],
  run,
};

/** The answer of GET /system/df. */
export interface DiskUsage {
  LayersSize?: number;
  Images?: ImageSummary[] | null;
  Containers?: ContainerSummary[] | null;
  Volumes?: Volume[] | null;
  BuildCache?: BuildCache[] | null;
}

async function run({ flags, client, terminal }: CommandContext): Promise<number> {
  const usage = await client().request<DiskUsage>("GET", "/system/df");
  const format = flags.string("format") ?? "";
  if (flags.bool("verbose")) {
    const { renderDetails } = await import("./df-details.ts");
    terminal.out(await renderDetails(usage, format));
    return 0;
  }
  const rows = [imageRow(usage), containerRow(usage), volumeRow(usage), buildCacheRow(usage)];
  terminal.out(await renderRows(diskUsageRows, rows, diskUsageLayout(format), { truncate: false }));
  return 0;
}

function sum<T>(items: readonly T[], size: (item: T) => number): number {
  return items.reduce((total, item) => total + size(item), 0);
}

function imageRow({ Images, LayersSize = 0 }: DiskUsage): DiskUsageRow {
  const images = Images ?? [];
  const used = sum(images, ({ Containers = 0, Size = -1, SharedSize = -1 }) =>
    Containers === 0 || Size === -1 || SharedSize === -1 ? 0 : Size - SharedSize,
  );
  return {
    type: "Images",
    total: images.length,
    active: images.filter(({ Containers = 0 }) => Containers > 0).length,
    sizeBytes: LayersSize,
    reclaimableBytes: LayersSize - used,
    percent: true,
  };
}

function containerRow({ Containers }: DiskUsage): DiskUsageRow {
  const containers = Containers ?? [];
  const active = containers.filter(({ State = "" }) => /running|paused|restarting/.test(State));
  const sizeBytes = sum(containers, ({ SizeRw }) => SizeRw ?? 0);
  return {
    type: "Containers",
    total: containers.length,
    active: active.length,
    sizeBytes,
    reclaimableBytes: sizeBytes - sum(active, ({ SizeRw }) => SizeRw ?? 0),
    percent: true,
  };
}

function volumeBytes({ UsageData }: Volume): number {
  return UsageData?.Size ?? 0;
}

function volumeRow({ Volumes }: DiskUsage): DiskUsageRow {
  const volumes = Volumes ?? [];
  const sized = volumes.filter(({ UsageData }) => (UsageData?.Size ?? -1) !== -1);
  return {
    type: "Local Volumes",
    total: volumes.length,
    active: volumes.filter(({ UsageData }) => (UsageData?.RefCount ?? 0) > 0).length,
    sizeBytes: sum(sized, volumeBytes),
    reclaimableBytes: sum(
      sized.filter(({ UsageData }) => UsageData?.RefCount === 0),
      volumeBytes,
    ),
    percent: true,
  };
}

function buildCacheRow({ BuildCache }: DiskUsage): DiskUsageRow {
  const records = BuildCache ?? [];
  const own = records.filter(({ Shared }) => !Shared);
  const sizeBytes = sum(own, ({ Size = 0 }) => Size);
  return {
    type: "Build Cache",
    total: records.length,
    active: records.filter(({ InUse }) => InUse).length,
    sizeBytes,
    reclaimableBytes: sizeBytes - sum(own, ({ InUse, Size = 0 }) => (InUse ? Size : 0)),
    percent: false,
  };
}
