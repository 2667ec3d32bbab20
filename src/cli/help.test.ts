import { expect, test } from "bun:test";
import type { Command } from "./command.ts";
import { listFormatFlag } from "./format-flag.ts";
import { filterFlag } from "./filters.ts";
import { commandHelp } from "./help.ts";

const command: Command = {
  names: ["image ls", "images", "image list"],
  usage: "[OPTIONS] [REPOSITORY[:TAG]]",
  summary: "List images",
  flags: [
    { name: "all", short: "a", kind: "bool", summary: "Show all images (default hides intermediate images)" },
    { name: "digests", kind: "bool", summary: "Show digests" },
    filterFlag("Filter output based on conditions provided", "f"),
    listFormatFlag,
    { name: "no-trunc", kind: "bool", summary: "Don't truncate output" },
    { name: "quiet", short: "q", kind: "bool", summary: "Only show image IDs" },
    { name: "tree", kind: "bool", summary: "List multi-platform images as a tree (EXPERIMENTAL)" },
  ],
  args: [0, 1],
  run: async () => 0,
};

/** `docker image ls --help` of docker 28.5.2 without a terminal. */
const recorded = `Usage:  docker image ls [OPTIONS] [REPOSITORY[:TAG]]

List images

Aliases:
  docker image ls, docker image list, docker images

Options:
  -a, --all             Show all images (default hides intermediate images)
      --digests         Show digests
  -f, --filter filter   Filter output based on conditions provided
      --format string   Format output using a custom template:
                        'table':            Print output in table format
                        with column headers (default)
                        'table TEMPLATE':   Print output in table format
                        using the given Go template
                        'json':             Print in JSON format
                        'TEMPLATE':         Print output using the given
                        Go template.
                        Refer to https://docs.docker.com/go/formatting/
                        for more information about formatting output with
                        templates
      --no-trunc        Don't truncate output
  -q, --quiet           Only show image IDs
      --tree            List multi-platform images as a tree (EXPERIMENTAL)
`;

test("help is laid out as docker's", () => {
  expect(commandHelp(command, "docker", "image ls", { columns: 0, env: {} })).toBe(recorded);
});

test("a narrow terminal has the descriptions below the names", () => {
  const text = commandHelp(command, "docker", "image ls", { columns: 45, env: {} });
  expect(text).toContain(
    "  -a, --all             \n                Show all images\n                (default hides\n",
  );
});
