// The rows of `volume ls`.
import type { Volume } from "../../../spec/api/volume.ts";
import { formatBytes } from "../../../spec/size.ts";
import { joinLabels } from "../human.ts";
import type { Layout, RowKind } from "../rows.ts";

const notAvailable = (): string => "N/A";

export const volumeRows: RowKind<Volume> = {
  typeName: "*formatter.volumeContext",
  headers: {
    ID: "ID",
    Name: "VOLUME NAME",
    Group: "GROUP",
    Driver: "DRIVER",
    Scope: "SCOPE",
    Availability: "AVAILABILITY",
    Mountpoint: "MOUNTPOINT",
    Labels: "LABELS",
    Links: "LINKS",
    Size: "SIZE",
    Status: "STATUS",
  },
  fields: {
    Name: ({ Name = "" }) => Name,
    Driver: ({ Driver = "" }) => Driver,
    Scope: ({ Scope = "" }: { Scope?: string }) => Scope,
    Mountpoint: ({ Mountpoint = "" }) => Mountpoint,
    Labels: ({ Labels }) => joinLabels(Labels),
    Links: ({ UsageData }) => (UsageData ? String(UsageData.RefCount ?? 0) : "N/A"),
    Size: ({ UsageData }) => (UsageData ? formatBytes(UsageData.Size ?? 0) : "N/A"),
    // Of cluster volumes only.
    Group: notAvailable,
    Availability: notAvailable,
    Status: notAvailable,
  },
  label: ({ Labels }, name) => Labels?.[name] ?? "",
};

export function volumeLayout(format: string, quiet: boolean): Layout {
  switch (format) {
    case "":
    case "table":
      return quiet ? { only: "Name" } : { columns: ["Driver", "Name"] };
    case "raw":
      return { template: quiet ? "name: {{.Name}}" : "name: {{.Name}}\\ndriver: {{.Driver}}\\n" };
    default:
      return { template: format };
  }
}
