// The rows of `images`: one for each name an image has.
import type { ImageSummary } from "../../../spec/api/image.ts";
import { formatBytes } from "../../../spec/size.ts";
import { familiarName, parseReference } from "../../../spec/reference.ts";
import { shortId, since, unixTimeString } from "../human.ts";
import type { Column, Layout, RowKind } from "../rows.ts";

export interface ImageRow {
  image: ImageSummary;
  repository: string;
  tag: string;
  digest: string;
}

export const imageRows: RowKind<ImageRow> = {
  typeName: "*formatter.imageContext",
  headers: {
    ID: "IMAGE ID",
    Repository: "REPOSITORY",
    Tag: "TAG",
    Digest: "DIGEST",
    CreatedSince: "CREATED",
    CreatedAt: "CREATED AT",
    Size: "SIZE",
    Containers: "CONTAINERS",
    VirtualSize: "SIZE",
    SharedSize: "SHARED SIZE",
    UniqueSize: "UNIQUE SIZE",
  },
  fields: {
    ID: ({ image }, { truncate }) => (truncate ? shortId(image.Id ?? "") : (image.Id ?? "")),
    Repository: ({ repository }) => repository,
    Tag: ({ tag }) => tag,
    Digest: ({ digest }) => digest,
    CreatedSince: ({ image }) => since(image.Created ?? 0),
    CreatedAt: ({ image }) => unixTimeString(image.Created ?? 0),
    Size: ({ image }) => formatBytes(image.Size ?? 0, 3),
    Containers: ({ image }) => ((image.Containers ?? -1) === -1 ? "N/A" : String(image.Containers)),
    VirtualSize: ({ image }) => formatBytes(image.Size ?? 0),
    SharedSize: ({ image }) => ((image.SharedSize ?? -1) === -1 ? "N/A" : formatBytes(image.SharedSize ?? 0)),
    UniqueSize: ({ image: { Size = -1, SharedSize = -1 } }) =>
      Size === -1 || SharedSize === -1 ? "N/A" : formatBytes(Size - SharedSize),
  },
};

export function isDangling({ RepoTags, RepoDigests }: ImageSummary): boolean {
  const [tags, digests] = [RepoTags ?? [], RepoDigests ?? []];
  if (tags.length === 0 && digests.length === 0) return true;
  return tags.join() === "<none>:<none>" && digests.join() === "<none>@<none>";
}

/** `perDigest` makes a row for each digest of a name. */
export function imageRowsOf(
  images: readonly ImageSummary[],
  perDigest: boolean,
  showDigest: boolean,
): ImageRow[] {
  return images.flatMap((image) =>
    isDangling(image)
      ? [{ image, repository: "<none>", tag: "<none>", digest: "<none>" }]
      : namedRows(image, perDigest, showDigest),
  );
}

function namedRows(image: ImageSummary, perDigest: boolean, showDigest: boolean): ImageRow[] {
  const tags = byName(image.RepoTags ?? [], (reference) => parseReference(reference).tag);
  const digests = byName(image.RepoDigests ?? [], (reference) => parseReference(reference).digest);
  const rows: ImageRow[] = [];
  for (const [repository, names] of tags) {
    const known = showDigest ? (digests.get(repository) ?? []) : [];
    digests.delete(repository);
    for (const tag of names)
      for (const digest of known.length > 0 ? known : ["<none>"])
        rows.push({ image, repository, tag, digest });
  }
  for (const [repository, known] of digests)
    for (const digest of perDigest ? known : [""]) rows.push({ image, repository, tag: "<none>", digest });
  return rows;
}

/** Familiar repository name → what `part` reads of each reference; what is no reference is left out. */
function byName(
  references: readonly string[],
  part: (reference: string) => string | undefined,
): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const reference of references) {
    try {
      const value = part(reference);
      const name = familiarName(parseReference(reference));
      if (value !== undefined) groups.set(name, [...(groups.get(name) ?? []), value]);
    } catch {}
  }
  return groups;
}

const created: Column = { field: "CreatedSince", show: (row) => row("CreatedSince") || "N/A" };

export function imageLayout(
  format: string,
  { quiet, digests }: { quiet: boolean; digests: boolean },
): Layout {
  switch (format) {
    case "":
    case "table":
      if (quiet) return { only: "ID" };
      return {
        columns: digests
          ? ["Repository", "Tag", "Digest", "ID", created, "Size"]
          : ["Repository", "Tag", "ID", created, "Size"],
      };
    case "raw": {
      if (quiet) return { template: "image_id: {{.ID}}" };
      const digest = digests ? "digest: {{.Digest}}\n" : "";
      return {
        template: `repository: {{ .Repository }}\ntag: {{.Tag}}\n${digest}image_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n`,
      };
    }
    default: {
      const adds = format.startsWith("table") && digests && !format.includes("{{.Digest}}");
      return { template: adds ? `${format}\t{{.Digest}}` : format };
    }
  }
}
