import { ApiError, type Client } from "../client/client.ts";
import type { PruneItem, PrunePreview } from "../spec/api/prune-preview.ts";
import { formatBytes } from "../spec/size.ts";
import { type CommandContext, CommandError, type Flag } from "./command.ts";
import { confirm } from "./confirm.ts";
import type { Filters } from "./filters.ts";

/** Kinds that are to be pruned, each with its filters. */
export interface PruneAsk {
  containers?: Filters;
  images?: Filters;
  volumes?: Filters;
  builds?: Filters;
  /** Build cache that images share, too. */
  all?: boolean;
}

export const dryRunFlag: Flag = {
  name: "dry-run",
  kind: "bool",
  summary: "Show what would be removed and how much that frees, and remove nothing",
};

/**
 * Whether to prune: yes with `--force`; else what would go is shown (on a terminal) and the user is asked. With
 * `--dry-run` it is shown, and that is all.
 */
export async function mayPrune(context: CommandContext, ask: PruneAsk, warning: string): Promise<boolean> {
  const { flags, client, terminal } = context;
  if (flags.bool("dry-run")) {
    terminal.out(previewText(await preview(client(), ask)));
    return false;
  }
  if (flags.bool("force")) return true;
  // Scripts that answer the question see what docker prints.
  if (terminal.stdinIsTty) terminal.out(`${previewText(await previewIfKnown(client(), ask))}\n`);
  return confirm(terminal, warning);
}

function request(client: Client, ask: PruneAsk): Promise<PrunePreview> {
  return client.request<PrunePreview>("GET", "/system/prune/preview", { query: { ...ask } });
}

async function preview(client: Client, ask: PruneAsk): Promise<PrunePreview> {
  try {
    return await request(client, ask);
  } catch (error) {
    if (!isUnknown(error)) throw error;
    throw new CommandError("this engine cannot tell beforehand what a prune would remove");
  }
}

async function previewIfKnown(client: Client, ask: PruneAsk): Promise<PrunePreview> {
  try {
    return await request(client, ask);
  } catch (error) {
    if (isUnknown(error)) return { SpaceReclaimed: 0 };
    throw error;
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

const kinds = [
  ["Containers", "containers"],
  ["Volumes", "volumes"],
  ["Images", "images"],
  ["BuildCache", "build cache"],
] as const;
/** More of a kind are only counted. */
const maxShown = 20;

function previewText(shown: PrunePreview): string {
  const parts = kinds.flatMap(([key, title]) => listed(title, shown[key] ?? []));
  if (parts.length === 0) return "Nothing would be removed.\n";
  return `Would be removed:\n${parts.join("")}Would be freed: ${formatBytes(shown.SpaceReclaimed)}\n`;
}

function listed(title: string, items: readonly PruneItem[]): string[] {
  if (items.length === 0) return [];
  const size = items.reduce((sum, { Size }) => sum + Size, 0);
  const lines = items.slice(0, maxShown).map((item) => `    ${nameOf(item)}  ${formatBytes(item.Size)}\n`);
  const rest = items.length > maxShown ? [`    and ${items.length - maxShown} more\n`] : [];
  return [`  ${items.length} ${title}, ${formatBytes(size)}\n`, ...lines, ...rest];
}

const shortLength = 12;

function nameOf({ ID, Name }: PruneItem): string {
  if (Name !== "" && Name !== ID) return Name;
  return /^(sha256:)?[0-9a-f]{25,64}$/.test(ID) ? ID.replace(/^sha256:/, "").slice(0, shortLength) : ID;
}
