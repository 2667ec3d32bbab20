// The rows of `system df`: one for each kind of thing.
import { formatBytes } from "../../../spec/size.ts";
import type { Layout, RowKind } from "../rows.ts";

export interface DiskUsageRow {
  type: string;
  total: number;
  active: number;
  sizeBytes: number;
  reclaimableBytes: number;
  /** Shown as a share of the size too. */
  percent: boolean;
}

export const diskUsageRows: RowKind<DiskUsageRow> = {
  typeName: "*formatter.diskUsageImagesContext",
  headers: { Type: "TYPE", TotalCount: "TOTAL", Active: "ACTIVE", Size: "SIZE", Reclaimable: "RECLAIMABLE" },
  fields: {
    Type: ({ type }) => type,
    TotalCount: ({ total }) => String(total),
    Active: ({ active }) => String(active),
    Size: ({ sizeBytes }) => formatBytes(sizeBytes),
    Reclaimable: ({ sizeBytes, reclaimableBytes, percent }) => {
      const size = formatBytes(reclaimableBytes);
      if (!percent || sizeBytes <= 0) return size;
      return `${size} (${Math.trunc((reclaimableBytes * 100) / sizeBytes)}%)`;
    },
  },
};

export function diskUsageLayout(format: string): Layout {
  switch (format) {
    case "":
    case "table":
      return { columns: ["Type", "TotalCount", "Active", "Size", "Reclaimable"] };
    case "raw":
      return {
        template:
          "type: {{.Type}}\ntotal: {{.TotalCount}}\nactive: {{.Active}}\nsize: {{.Size}}\nreclaimable: {{.Reclaimable}}\n",
      };
    default:
      return { template: format };
  }
}
