// The rows of `search`.
import { ellipsis } from "../display-width.ts";
import type { Layout, RowKind } from "../rows.ts";

export interface SearchRow {
  name?: string;
  description?: string;
  star_count?: number;
  is_official?: boolean;
}

export const searchRows: RowKind<SearchRow> = {
  typeName: "*registry.searchContext",
  headers: {
    Name: "NAME",
    Description: "DESCRIPTION",
    StarCount: "STARS",
    IsOfficial: "OFFICIAL",
  },
  fields: {
    Name: ({ name = "" }) => name,
    Description: ({ description = "" }, { truncate }) => {
      const line = description.replaceAll("\n", " ").replaceAll("\r", " ");
      return truncate ? ellipsis(line, 45) : line;
    },
    StarCount: ({ star_count = 0 }) => String(star_count),
    IsOfficial: ({ is_official = false }) => (is_official ? "[OK]" : ""),
  },
  json: { IsOfficial: ({ is_official = false }) => String(is_official) },
};

export function searchLayout(format: string): Layout {
  if (format !== "" && format !== "table") return { template: format };
  return { columns: ["Name", "Description", "StarCount", "IsOfficial"] };
}
