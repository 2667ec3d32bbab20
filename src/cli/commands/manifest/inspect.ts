import type { RegistryManifest } from "../../../spec/api/image.ts";
import { parseReference, type Reference, referenceString, withDefaultTag } from "../../../spec/reference.ts";
import { ApiError } from "../../../client/client.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { indentJson } from "../../format/indent-json.ts";
import { encodeAuth, readCredentials, serverKey } from "../../registry-auth/credentials.ts";

export const command: Command = {
  names: ["manifest inspect"],
  usage: "[OPTIONS] MANIFEST",
  summary: "Display an image manifest, or manifest list",
  details:
    "Display an image manifest, or manifest list, as its registry has it. Nothing is downloaded but the manifest.",
  flags: [
    {
      name: "insecure",
      kind: "bool",
      summary: "Accepted: the engine knows by its insecure-registries how to speak to a registry",
    },
    {
      name: "verbose",
      short: "v",
      kind: "bool",
      summary: "Output additional info including layers and platform",
    },
  ],
  args: [1, 1],
  run,
};

async function run({ flags, args, client, config, terminal, signal }: CommandContext): Promise<number> {
  const reference = withDefaultTag(parseReference(args[0] ?? ""));
  const verbose = flags.bool("verbose");
  const path = `/distribution/${encodeURIComponent(referenceString(reference))}/manifest`;
  const headers = { "X-Registry-Auth": encodeAuth(readCredentials(config(), serverKey(reference.domain))) };
  const found = await client()
    .request<RegistryManifest>("GET", path, { query: { ...(verbose && { all: 1 }) }, headers, signal })
    .catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404)
        throw new CommandError(`no such manifest: ${args[0] ?? ""}`);
      throw error;
    });
  terminal.out(`${verbose ? details(found, reference) : plain(found)}\n`);
  return 0;
}

/** As docker writes them: lists by three spaces, single manifests by a tab. */
function plain({ MediaType, Raw }: RegistryManifest): string {
  return indentJson(textOf(Raw), isList(MediaType) ? "   " : "\t");
}

function details(found: RegistryManifest, reference: Reference): string {
  const members = found.Manifests?.map((each) => detail(each, `${withoutDigest(reference)}@${each.Digest}`));
  const text = members === undefined ? detail(found, referenceString(reference)) : `[${members.join(",")}]`;
  return indentJson(text, "\t");
}

function withoutDigest({ domain, path, tag }: Reference): string {
  return `${domain}/${path}${tag === undefined ? "" : `:${tag}`}`;
}

/** The manifest as its own text: its keys keep their order. */
function detail({ MediaType, Digest, Size, Platform, Raw }: RegistryManifest, Ref: string): string {
  const Descriptor = {
    mediaType: MediaType,
    digest: Digest,
    size: Size,
    ...(Platform && { platform: Platform }),
  };
  const key = MediaType.startsWith("application/vnd.docker.") ? "SchemaV2Manifest" : "OCIManifest";
  const head = JSON.stringify({ Ref, Descriptor, Raw });
  return `${head.slice(0, -1)},${JSON.stringify(key)}:${textOf(Raw)}}`;
}

function isList(mediaType: string): boolean {
  return /manifest\.list\.v2\+json$|image\.index\.v1\+json$/.test(mediaType);
}

function textOf(raw: string): string {
  return Buffer.from(raw, "base64").toString("utf8");
}
