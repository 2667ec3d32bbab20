import type { ImageSummary } from "../../../spec/api/image.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { filterFlag, filterQuery, parseFilters } from "../../filters.ts";
import { listFormatFlag } from "../../format-flag.ts";
import { imageLayout, imageRows, imageRowsOf } from "../../format/rows/images.ts";
import { renderRows } from "../../format/rows.ts";

export const command: Command = {
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
  completeArgs: "image",
  run,
};

/** Words that are commands of this group: who lists images of such a name may have meant the command. */
const ambiguous = [
  "build",
  "history",
  "import",
  "inspect",
  "list",
  "load",
  "ls",
  "prune",
  "pull",
  "push",
  "rm",
  "save",
  "tag",
];

async function run(context: CommandContext): Promise<number> {
  const { flags, args, terminal } = context;
  if (flags.bool("tree")) return showTree(context);
  const [quiet, digests] = [flags.bool("quiet"), flags.bool("digests")];
  const format = flags.string("format") || (quiet ? "" : (context.config().imagesFormat ?? ""));
  const images = await listImages(context);
  const rows = imageRowsOf(images, digests, digests || format.includes("{{.Digest}}"));
  const layout = imageLayout(format, { quiet, digests });
  terminal.out(await renderRows(imageRows, rows, layout, { truncate: !flags.bool("no-trunc") }));
  const [name = ""] = args;
  if (images.length === 0 && context.path === "images" && ambiguous.includes(name))
    terminal.err(`\nNo images found matching "${name}": did you mean "${context.program} image ${name}"?\n`);
  return 0;
}

function listImages({ flags, args, client }: CommandContext, manifests = false): Promise<ImageSummary[]> {
  const filters = parseFilters(flags.list("filter"));
  const [reference = ""] = args;
  if (reference !== "") filters.reference = [...(filters.reference ?? []), reference];
  return client().request("GET", "/images/json", {
    query: {
      ...(flags.bool("all") && { all: 1 }),
      ...(manifests && { manifests: 1 }),
      filters: filterQuery(filters),
    },
  });
}

const notWithTree: [flag: string, shown: string][] = [
  ["quiet", "--quiet"],
  ["no-trunc", "--no-trunc"],
  ["digests", "--show-digest"],
  ["format", "--format"],
];

async function showTree(context: CommandContext): Promise<number> {
  const conflict = notWithTree.find(([flag]) => context.flags.has(flag));
  if (conflict !== undefined) throw new CommandError(`${conflict[1]} is not yet supported with --tree`);
  const images = await listImages(context, true);
  const { renderImageTree } = await import("../../format/image-tree.ts");
  context.terminal.out(renderImageTree(images, context.flags.bool("all"), context.terminal));
  return 0;
}
