import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { messageOf } from "../../base/errors.ts";
import type { ProgressLine } from "../progress/display.ts";
import type { Descriptor, ImageIndex, ImageManifest, Platform } from "../../spec/oci-image.ts";
import { hostPlatform, parsePlatform, platformMatches } from "../../spec/platform.ts";
import { type CommandContext, CommandError } from "../command.ts";
import { files } from "../files.ts";
import { inGoWords } from "../go-words.ts";

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
  const stream = packFiles(
    root,
    paths.map((path) => ({ path, stats: layout.stats(path) })),
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
    const { manifests = [] } = this.#parse("index.json", this.#read("index.json")) as Partial<ImageIndex>;
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
    const path = this.pathOf(digest);
    const bytes = this.#read(path);
    if (`sha256:${createHash("sha256").update(bytes).digest("hex")}` !== digest)
      throw this.#failure(`${digest} has other content`);
    return this.#parse(path, bytes);
  }

  pathOf(digest: string): string {
    const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
    if (hex === undefined) throw this.#failure(`${digest} is no digest`);
    return `blobs/sha256/${hex}`;
  }

  stats(path: string): BigIntStats {
    return this.#take(path, (file) => files().statSync(file, { bigint: true }));
  }

  #read(path: string): Buffer {
    return this.#take(path, (file) => files().readFileSync(file));
  }

  #take<T>(path: string, take: (file: string) => T): T {
    try {
      return take(join(this.#root, path));
    } catch (error) {
      throw this.#failure(`open ${join(this.#root, path)}: ${inGoWords(error)}`);
    }
  }

  #parse(path: string, bytes: Buffer): unknown {
    try {
      return JSON.parse(bytes.toString());
    } catch (error) {
      throw this.#failure(`${path} is no JSON: ${messageOf(error)}`);
    }
  }

  #failure(why: string): CommandError {
    return new CommandError(
      `oci-layout reference ${JSON.stringify(this.#name)} could not be resolved: ${why}`,
    );
  }
}
