// The rows of `ps`.
import type { ContainerSummary } from "../../../spec/api/container.ts";
import { formatBytes } from "../../../spec/size.ts";
import { familiarString, parseReference, type Reference } from "../../../spec/reference.ts";
import { quote } from "../go/quote.ts";
import { ellipsis } from "../display-width.ts";
import { joinLabels, shortId, since, unixTimeString } from "../human.ts";
import { displayPorts } from "../ports.ts";
import type { Column, Layout, RowKind } from "../rows.ts";

export const containerRows: RowKind<ContainerSummary> = {
  typeName: "*formatter.ContainerContext",
  headers: {
    ID: "CONTAINER ID",
    Names: "NAMES",
    Image: "IMAGE",
    Command: "COMMAND",
    CreatedAt: "CREATED AT",
    RunningFor: "CREATED",
    Ports: "PORTS",
    State: "STATE",
    Status: "STATUS",
    Size: "SIZE",
    Labels: "LABELS",
    Mounts: "MOUNTS",
    LocalVolumes: "LOCAL VOLUMES",
    Networks: "NETWORKS",
    Platform: "PLATFORM",
    Reason: "REASON",
  },
  fields: {
    ID: ({ Id = "" }, { truncate }) => (truncate ? shortId(Id) : Id),
    Names: ({ Names }, { truncate }) => names(Names ?? [], truncate),
    Image: (container, { truncate }) => image(container, truncate),
    Command: ({ Command = "" }, { truncate }) => quote(truncate ? ellipsis(Command, 20) : Command),
    CreatedAt: ({ Created = 0 }) => unixTimeString(Created),
    RunningFor: ({ Created = 0 }) => since(Created),
    Ports: ({ Ports }) => displayPorts(Ports ?? []),
    State: ({ State = "" }: { State?: string }) => State,
    Status: ({ Status = "" }) => Status,
    Size: size,
    Labels: ({ Labels }) => joinLabels(Labels),
    Mounts: ({ Mounts }, { truncate }) =>
      (Mounts ?? [])
        .map(({ Name, Source = "" }) => Name || Source)
        .map((name) => (truncate ? ellipsis(name, 15) : name))
        .join(","),
    LocalVolumes: ({ Mounts }) => String((Mounts ?? []).filter(({ Driver }) => Driver === "local").length),
    Networks: ({ NetworkSettings }) => Object.keys(NetworkSettings?.Networks ?? {}).join(","),
    Platform: ({ ImageManifestDescriptor }) => {
      const platform = ImageManifestDescriptor?.platform;
      if (platform === undefined || platform === null) return null;
      return [platform.os, platform.architecture, platform.variant].filter(Boolean).join("/");
    },
  },
  own: {
    Reason: ({ Reason = "" }) => Reason,
  },
  label: ({ Labels }, name) => Labels?.[name] ?? "",
};

/** Truncated, the one name that is no link of another container's. */
function names(all: readonly string[], truncate: boolean): string {
  const plain = all.map((name) => (name.startsWith("/") ? name.slice(1) : name));
  return truncate ? (plain.find((name) => !name.includes("/")) ?? "") : plain.join(",");
}

function image({ Image = "", ImageID = "" }: ContainerSummary, truncate: boolean): string {
  if (Image === "") return "<no image>";
  if (!truncate) return Image;
  const short = shortId(ImageID);
  if (short === shortId(Image)) return short;
  if (!Image.includes("@") && !Image.includes("docker.io/")) return Image;
  try {
    const { digest: _, ...named }: Reference = parseReference(Image);
    return familiarString(named);
  } catch {
    return Image;
  }
}

function size({ SizeRw, SizeRootFs }: ContainerSummary): string {
  const own = formatBytes(SizeRw ?? 0, 3);
  return (SizeRootFs ?? 0) > 0 ? `${own} (virtual ${formatBytes(SizeRootFs ?? 0, 3)})` : own;
}

const columns = ["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"];

const raw = `container_id: {{.ID}}
image: {{.Image}}
command: {{.Command}}
created_at: {{.CreatedAt}}
state: {{- pad .State 1 0}}
status: {{- pad .Status 1 0}}
names: {{.Names}}
labels: {{- pad .Labels 1 0}}
ports: {{- pad .Ports 1 0}}
`;

/** Why it ended, for people: what scripts read stays docker's. */
const statusWithReason: Column = {
  field: "Status",
  show: (read) => (read("Reason") === "" ? read("Status") : `${read("Status")}: ${read("Reason")}`),
};

interface LayoutOptions {
  quiet: boolean;
  size: boolean;
  /** The table is read by a person, not by a program. */
  reasons?: boolean;
}

export function containerLayout(format: string, { quiet, size, reasons = false }: LayoutOptions): Layout {
  switch (format) {
    case "":
    case "table":
      if (quiet) return { only: "ID" };
      return {
        columns: [...columns, ...(size ? ["Size"] : [])].map((column) =>
          reasons && column === "Status" ? statusWithReason : column,
        ),
      };
    case "raw":
      if (quiet) return { template: "container_id: {{.ID}}" };
      return { template: size ? `${raw}size: {{.Size}}\\n` : raw };
    default:
      return quiet ? { only: "ID" } : { template: format };
  }
}
