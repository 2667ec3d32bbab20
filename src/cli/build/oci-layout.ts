import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { ProgressLine } from "../progress/display.ts";
import type { Descriptor, ImageIndex, ImageManifest, Platform } from "../../spec/oci-image.ts";
import { hostPlatform, parsePlatform, platformMatches } from "../../spec/platform.ts";
import { type CommandContext, CommandError } from "../command.ts";
import { files } from "../files.ts";

const scheme = "oci-layout://";

export function isOciLayout(value: string): boolean {
  return value.startsWith(scheme);
}

/** Hands an image of an OCI layout to the engine; answers its id. Throws CommandError with what of the layout is not right. */
export async function sendOciLayout(context: CommandContext, value: string): Promise<string> {
  const { root, tag, digest } = parseLayout(value.slice(scheme.length));
  const layout = new Layout(root, value);
  const found = layout.find(tag, digest);
  const manifest = layout.manifest(found, platformOf(context));
  const { config, layers } = layout.json(manifest) as ImageManifest;
  const paths = [...new Set([manifest, config, ...layers].map(({ digest: id }) => layout.pathOf(id)))];
  const index = { schemaVersion: 2, manifests: [withoutName(manifest)] };
  const { packFiles } = await context.localCopy();
  const stats = (path: string) => files().statSync(join(root, path), { bigint: true });
  const stream = packFiles(
    root,
    paths.map((path) => ({ path, stats: stats(path) })),
    [
      { name: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' },
      { name: "index.json", content: JSON.stringify(index) },
    ],
  );
  return await load(context, stream, value);
}

async function load({ client, signal }: CommandContext, stream: Readable, value: string): Promise<string> {
  const headers = { "Content-Type": "application/x-tar" };
  const options = { query: { quiet: 1 }, headers, stream, signal };
  for await (const line of client().lines<ProgressLine>("POST", "/images/load", options)) {
    if (line.error !== undefined) throw new CommandError(`${value}: ${line.error}`);
    const id = /^Loaded image ID: (sha256:[0-9a-f]{64})/.exec(line.stream ?? "")?.[1];
    if (id !== undefined) return id;
  }
  throw new CommandError(`${value}: the engine found no image in it`);
}

/** `PATH[:TAG][@DIGEST]`. */
function parseLayout(text: string): { root: string; tag: string; digest?: string } {
  const [place = "", digest] = text.split("@", 2);
  const [, root = place, tag = "latest"] = /^(.*):([\w][\w.-]*)$/.exec(place) ?? [];
  return { root, tag, ...(digest !== undefined && { digest }) };
}

function platformOf({ flags }: CommandContext): Platform {
  const [first] = flags.list("platform").flatMap((text) => text.split(","));
  return first === undefined ? hostPlatform() : parsePlatform(first);
}

/** An image of a layout gets no name in the engine. */
function withoutName({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

class Layout {
  readonly #root: string;
  readonly #name: string;

  constructor(root: string, name: string) {
    this.#root = root;
    this.#name = name;
  }

  /** What the tag, or the digest, names; a layout of one image needs neither. */
  find(tag: string, digest: string | undefined): Descriptor {
    const { manifests = [] } = JSON.parse(this.#read("index.json").toString()) as Partial<ImageIndex>;
    const named = (each: Descriptor) => each.annotations?.["org.opencontainers.image.ref.name"] === tag;
    const found =
      digest === undefined
        ? (manifests.find(named) ?? (manifests.length === 1 ? manifests[0] : undefined))
        : manifests.find((each) => each.digest === digest);
    if (found === undefined) throw this.#failure(`no manifest is named ${digest ?? tag}`);
    return found;
  }

  /** The manifest itself: of an index that for the platform. */
  manifest(found: Descriptor, platform: Platform): Descriptor {
    if (!/index|manifest\.list/.test(found.mediaType)) return found;
    const { manifests } = this.json(found) as ImageIndex;
    const fitting = manifests.find((each) => each.platform && platformMatches(each.platform, platform));
    if (fitting === undefined) throw this.#failure("no manifest is for the platform");
    return this.manifest(fitting, platform);
  }

  json({ digest }: Descriptor): unknown {
    const bytes = this.#read(this.pathOf(digest));
    if (`sha256:${createHash("sha256").update(bytes).digest("hex")}` !== digest)
      throw this.#failure(`${digest} has other content`);
    return JSON.parse(bytes.toString());
  }

  pathOf(digest: string): string {
    const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
    if (hex === undefined) throw this.#failure(`${digest} is no digest`);
    return `blobs/sha256/${hex}`;
  }

  #read(path: string): Buffer {
    try {
      return files().readFileSync(join(this.#root, path));
    } catch {
      throw this.#failure(`open ${join(this.#root, path)}: no such file or directory`);
    }
  }

  #failure(why: string): CommandError {
    return new CommandError(
      `oci-layout reference ${JSON.stringify(this.#name)} could not be resolved: ${why}`,
    );
  }
}
