import type { BuildCache } from "../../spec/api/image.ts";
import type { ContainerSummary } from "../../spec/api/container.ts";
import type { Volume } from "../../spec/api/volume.ts";
import { CommandError } from "../command.ts";
import { type Field, type GoType, type GoValue, pointerTo, sliceOf } from "./go/type.ts";
import { buildCacheRows } from "./rows/build-cache.ts";
import { containerLayout, containerRows } from "./rows/containers.ts";
import { imageLayout, type ImageRow, imageRows } from "./rows/images.ts";
import { volumeLayout, volumeRows } from "./rows/volumes.ts";
import type { Layout, RowKind } from "./rows.ts";
import { rowType, rowValue, templateSource } from "./template-rows.ts";
import { Template, TemplateError } from "./template/template.ts";

export interface DiskUsageDetails {
  images: readonly ImageRow[];
  containers: readonly ContainerSummary[];
  volumes: readonly Volume[];
  buildCache: readonly BuildCache[];
}

/** One run of the template over all four lists, without a newline of its own. */
export function renderDiskUsageTemplate(details: DiskUsageDetails, format: string): string {
  const truncate = format.startsWith("table");
  const lists: [string, GoValue][] = [
    ["Images", listOf(imageRows, details.images, truncate)],
    ["Containers", listOf(containerRows, details.containers, truncate)],
    ["Volumes", listOf(volumeRows, details.volumes, truncate)],
    ["BuildCache", listOf(buildCacheRows, details.buildCache, truncate)],
  ];
  const fields = lists.map(
    ([name, { type }]): Field => ({ name, type, json: name, omitEmpty: false, embedded: false }),
  );
  const struct: GoType = { kind: "struct", name: "formatter.diskUsageContext", named: true, fields };
  const value = { type: struct, data: new Map(lists) };
  return parse(format === "raw" ? rawFormat() : templateSource(format)).execute({
    type: pointerTo(struct),
    data: value,
  });
}

function parse(source: string): Template {
  try {
    return new Template(source);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new CommandError(`template parsing error: ${error.message}`);
  }
}

function listOf<T>(kind: RowKind<T>, items: readonly T[], truncate: boolean): GoValue {
  const type = rowType(kind, { truncate });
  return { type: sliceOf(type), data: items.map((item) => rowValue(type, item)) };
}

const rawBuildCache = `build_cache_id: {{.ID}}
parent_id: {{.Parent}}
build_cache_type: {{.CacheType}}
description: {{.Description}}
created_at: {{.CreatedAt}}
created_since: {{.CreatedSince}}
last_used_at: {{.LastUsedAt}}
last_used_since: {{.LastUsedSince}}
usage_count: {{.UsageCount}}
in_use: {{.InUse}}
shared: {{.Shared}}
`;

function raw(layout: Layout): string {
  return "template" in layout ? layout.template : "";
}

function rawFormat(): string {
  const sections: [string, string, string][] = [
    ["Images", "Image", raw(imageLayout("raw", { quiet: false, digests: true }))],
    ["Containers", "Container", raw(containerLayout("raw", { quiet: false, size: true }))],
    ["Volumes", "Volume", raw(volumeLayout("raw", false))],
    ["BuildCache", "Build Cache", rawBuildCache],
  ];
  const blocks = sections.map(([list, name, body]) => `{{range .${list}}}type: ${name}\n${body}\n{{end -}}`);
  return templateSource(blocks.join("\n"));
}
