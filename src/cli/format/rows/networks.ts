// The rows of `network ls`.
import type { Network } from "../../../spec/api/network.ts";
import { joinLabels, shortId } from "../human.ts";
import type { Layout, RowKind } from "../rows.ts";
import { rfc3339String } from "../time-string.ts";

export const networkRows: RowKind<Network> = {
  typeName: "*network.networkContext",
  headers: {
    ID: "NETWORK ID",
    Name: "NAME",
    Driver: "DRIVER",
    Scope: "SCOPE",
    IPv4: "IPV4",
    IPv6: "IPV6",
    Internal: "INTERNAL",
    Labels: "LABELS",
    CreatedAt: "CREATED AT",
  },
  fields: {
    ID: ({ Id = "" }, { truncate }) => (truncate ? shortId(Id) : Id),
    Name: ({ Name = "" }) => Name,
    Driver: ({ Driver = "" }) => Driver,
    Scope: ({ Scope = "" }) => Scope,
    IPv4: ({ EnableIPv4 = false }) => String(EnableIPv4),
    IPv6: ({ EnableIPv6 = false }) => String(EnableIPv6),
    Internal: ({ Internal = false }) => String(Internal),
    Labels: ({ Labels }) => joinLabels(Labels),
    CreatedAt: ({ Created = "" }) => rfc3339String(Created),
  },
  label: ({ Labels }, name) => Labels?.[name] ?? "",
};

export function networkLayout(format: string, quiet: boolean): Layout {
  switch (format) {
    case "":
    case "table":
      return quiet ? { only: "ID" } : { columns: ["ID", "Name", "Driver", "Scope"] };
    case "raw":
      return {
        template: quiet
          ? "network_id: {{.ID}}"
          : "network_id: {{.ID}}\\nname: {{.Name}}\\ndriver: {{.Driver}}\\nscope: {{.Scope}}\\n",
      };
    default:
      return { template: format };
  }
}
