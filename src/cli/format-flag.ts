import type { Flag } from "./command.ts";

const reference =
  "Refer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates";
const json = "'json':             Print in JSON format";
const template = "'TEMPLATE':         Print output using the given Go template.";

/** `--format` of commands that list rows. */
export const listFormatFlag: Flag = {
  name: "format",
  kind: "string",
  summary: [
    "Format output using a custom template:",
    "'table':            Print output in table format with column headers (default)",
    "'table TEMPLATE':   Print output in table format using the given Go template",
    json,
    template,
    reference,
  ].join("\n"),
};

/** `--format` of commands that show objects. */
export const inspectFormatFlag: Flag = {
  name: "format",
  short: "f",
  kind: "string",
  summary: ["Format output using a custom template:", json, template, reference].join("\n"),
};
