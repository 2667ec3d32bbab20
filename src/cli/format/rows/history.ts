// The rows of `history`.
import type { ImageHistoryResponseItem } from "../../../spec/api/image.ts";
import { formatBytes } from "../../../spec/size.ts";
import { ellipsis } from "../display-width.ts";
import { shortId, since, unixTimeRfc3339 } from "../human.ts";
import type { Layout, RowKind } from "../rows.ts";

/** Before the year 2000 a build has set its clock to a fixed time: no age is shown. */
const epoch = Date.UTC(2000, 0) / 1000;

export function historyRows(human: boolean): RowKind<ImageHistoryResponseItem> {
  return {
    typeName: "*image.historyContext",
    headers: {
      ID: "IMAGE",
      CreatedSince: "CREATED",
      CreatedAt: "CREATED AT",
      CreatedBy: "CREATED BY",
      Size: "SIZE",
      Comment: "COMMENT",
    },
    fields: {
      ID: ({ Id = "" }, { truncate }) => (truncate ? shortId(Id) : Id),
      CreatedAt: ({ Created = 0 }) => unixTimeRfc3339(Created),
      CreatedSince: ({ Created = 0 }) => {
        if (!human) return unixTimeRfc3339(Created);
        return Created <= epoch ? "N/A" : since(Created);
      },
      CreatedBy: ({ CreatedBy = "" }, { truncate }) => {
        const command = CreatedBy.replaceAll("\t", " ");
        return truncate ? ellipsis(command, 45) : command;
      },
      Size: ({ Size = 0 }) => (human ? formatBytes(Size, 3) : String(Size)),
      Comment: ({ Comment = "" }) => Comment,
    },
  };
}

export function historyLayout(format: string, { quiet, human }: { quiet: boolean; human: boolean }): Layout {
  if (format !== "" && format !== "table") return { template: format };
  if (quiet) return { only: "ID" };
  return { columns: ["ID", human ? "CreatedSince" : "CreatedAt", "CreatedBy", "Size", "Comment"] };
}
