// The rows of `context ls`.
import { ellipsis } from "../display-width.ts";
import type { Layout, RowKind } from "../rows.ts";

export interface ContextRow {
  name: string;
  description: string;
  dockerEndpoint: string;
  current: boolean;
  error: string;
}

export const contextRows: RowKind<ContextRow> = {
  typeName: "*formatter.clientContextContext",
  headers: {
    Name: "NAME",
    Description: "DESCRIPTION",
    DockerEndpoint: "DOCKER ENDPOINT",
    Error: "ERROR",
  },
  fields: {
    Current: ({ current }) => current,
    Name: ({ name }) => name,
    Description: ({ description }) => ellipsis(description, 60),
    DockerEndpoint: ({ dockerEndpoint }) => dockerEndpoint,
    Error: ({ error }) => ellipsis(error, 45),
  },
};

/** The table's first column carries a star, which no placeholder has. */
const table: Layout = {
  columns: [
    { field: "Name", show: (row) => `${row("Name")}${row("Current") === "true" ? " *" : ""}` },
    "Description",
    "DockerEndpoint",
    "Error",
  ],
};

export function contextLayout(format: string, quiet: boolean): Layout {
  if (quiet) return { only: "Name" };
  return format === "" || format === "table" ? table : { template: format };
}
