import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { addAbortSignal } from "node:stream";
import { EngineError } from "../../base/errors.ts";
import type { Digest } from "../../spec/digest.ts";
import { decompress } from "../../store/archive/decompress.ts";
import { blockBytes, type TarEntry } from "../../store/archive/tar-entry.ts";
import { type TarHandler, TarReader } from "../../store/archive/tar-reader.ts";
import type { Layer, LayerStore } from "../../store/layers/layer-store.ts";
import { ArchiveContents, insidePath } from "./archive-contents.ts";
import { LayerIntake, looksLikeLayer } from "./layer-intake.ts";

/** Documents are kilobytes; these bounds only keep a hostile archive from filling the memory. */
const longestDocument = 8 << 20;
const allDocuments = 64 << 20;
/** Each costs a process: as many as several images of the greatest depth have. */
const mostLayers = 1000;
/** So many layers are unpacked while the next is read. */
const unpackingAtOnce = 2;

export interface ReadArchiveOptions {
  layers: LayerStore;
  /** A layer known by its diffID need not be unpacked again. */
  known: (diffId: Digest) => Layer | undefined;
  onLayerBytes: (path: string, current: number, total: number) => void;
  signal?: AbortSignal;
}

/**
 * Reads an image archive in one pass, as it comes over the wire. Layers are unpacked at once, before the archive says
 * which image they belong to; blobs that do not match the digest they are named by are refused.
 */
export async function readArchive(source: Readable, options: ReadArchiveOptions): Promise<ArchiveContents> {
  const intake = new ArchiveIntake(options);
  const reader = new TarReader(intake);
  const { signal } = options;
  try {
    const input = signal === undefined ? source : addAbortSignal(signal, source);
    // Left open when it is refused: it is a request whose answer is still to be sent.
    for await (const chunk of decompress(input.iterator({ destroyOnReturn: false }))) {
      reader.write(chunk);
      await intake.ready();
    }
    reader.end();
    await intake.finish();
    return intake.contents;
  } catch (error) {
    await intake.abandon();
    if (signal?.aborted === true) throw new EngineError("cancelled", "context canceled", error);
    throw error;
  }
}

class ArchiveIntake implements TarHandler {
  readonly contents = new ArchiveContents();
  readonly #options: ReadArchiveOptions;
  #path: string | undefined;
  #entrySizeBytes = 0;
  /** The current entry's bytes, until they say whether it is a layer. */
  #head: Buffer[] = [];
  #headBytes = 0;
  #documentBytes = 0;
  #layer: LayerIntake | undefined;
  /** Whether the current layer is not here yet. */
  #isNew = false;
  #layerCount = 0;
  readonly #unpacking: Promise<void>[] = [];
  #failure: unknown;

  constructor(options: ReadArchiveOptions) {
    this.#options = options;
  }

  entry(entry: TarEntry): void {
    const path = insidePath(entry.name.toString());
    if (path === undefined)
      throw new EngineError("invalid", `invalid entry name ${JSON.stringify(entry.name.toString())}`);
    // What is neither a layer nor short enough for a document is nothing an image is made of.
    const wanted = entry.type === "file" && (isLayerName(path) || entry.sizeBytes <= longestDocument);
    this.#path = wanted ? path : undefined;
    this.#entrySizeBytes = entry.sizeBytes;
    this.#head = [];
    this.#headBytes = 0;
    this.#layer = undefined;
    if (entry.type === "symlink") this.contents.addLink(path, entry.linkName.toString());
    if (entry.type === "hardlink") this.#addHardlink(path, entry.linkName.toString());
  }

  /** A hardlink's target is a path of the archive, not one beside it. */
  #addHardlink(path: string, linkName: string): void {
    const up = "../".repeat(path.split("/").length - 1);
    this.contents.addLink(path, up + (insidePath(linkName) ?? ""));
  }

  content(bytes: Buffer): void {
    if (this.#path === undefined) return;
    if (this.#layer !== undefined) return this.#feed(bytes);
    this.#head.push(Buffer.from(bytes));
    this.#headBytes += bytes.length;
    if (this.#headBytes >= blockBytes && this.#headBytes - bytes.length < blockBytes) this.#beginLayer();
    if (this.#layer === undefined && this.#entrySizeBytes > longestDocument) this.#path = undefined;
  }

  #beginLayer(): void {
    const head = Buffer.concat(this.#head);
    if (!isLayerName(this.#path ?? "") || !looksLikeLayer(head)) return;
    this.#layerCount += 1;
    if (this.#layerCount > mostLayers) throw new EngineError("invalid", "the archive has too many layers");
    const { layers, signal } = this.#options;
    const known = this.#knownLayer();
    this.#layer = new LayerIntake(layers, head, known, signal);
    this.#isNew = known === undefined;
    this.#feed(head);
  }

  /** A blob that is named by its digest and not compressed is named by its diffID. */
  #knownLayer(): Layer | undefined {
    const digest = digestInPath(this.#path ?? "");
    return digest === undefined ? undefined : this.#options.known(digest);
  }

  #feed(bytes: Buffer): void {
    this.#layer?.push(bytes);
    if (this.#isNew)
      this.#options.onLayerBytes(this.#path ?? "", this.#layer?.sizeBytes ?? 0, this.#entrySizeBytes);
  }

  entryEnd(): void {
    const path = this.#path;
    if (path === undefined) return;
    // Compressed layers may be shorter than a block.
    if (this.#layer === undefined && this.#headBytes < blockBytes) this.#beginLayer();
    if (this.#layer !== undefined) this.#unpacking.push(this.#endLayer(path, this.#layer));
    else this.#endDocument(path);
    this.#layer = undefined;
    this.#path = undefined;
  }

  async #endLayer(path: string, layer: LayerIntake): Promise<void> {
    try {
      const taken = await layer.finish();
      this.contents.addLayer(path, taken);
      checkName(path, taken.blob.digest);
    } catch (error) {
      // Compressed files that are no layers are met, too: it matters only if an image needs this one.
      const named = digestInPath(path);
      const intact = named === undefined || named === layer.digest;
      if (intact && error instanceof EngineError && error.kind === "invalid")
        this.contents.addBroken(path, error);
      else this.#failure ??= error;
    }
  }

  #endDocument(path: string): void {
    const bytes = Buffer.concat(this.#head);
    this.#documentBytes += bytes.length;
    if (this.#documentBytes > allDocuments)
      throw new EngineError("invalid", "the documents of the image archive are too long");
    checkName(path, `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest);
    this.contents.addDocument(path, bytes);
  }

  /** Waits where the unpacking is behind. */
  async ready(): Promise<void> {
    await this.#layer?.ready();
    while (this.#unpacking.length > unpackingAtOnce) await this.#unpacking.shift();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async finish(): Promise<void> {
    await Promise.all(this.#unpacking);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Nothing of the archive stays. */
  async abandon(): Promise<void> {
    await Promise.all([...this.#unpacking, this.#layer?.abandon()]);
    await this.contents.discard();
  }
}

/** As every tool that writes archives names them; an archive of anything else must not be unpacked file by file. */
function isLayerName(path: string): boolean {
  return path.startsWith("blobs/") || /\.(?:tar|tar\.\w+|tgz)$/.test(path);
}

const blobName = /^blobs\/(sha256)\/([0-9a-f]{64})$/;

function digestInPath(path: string): Digest | undefined {
  const match = blobName.exec(path);
  return match === null ? undefined : (`${match[1]}:${match[2]}` as Digest);
}

function checkName(path: string, digest: Digest): void {
  const named = digestInPath(path);
  if (named !== undefined && named !== digest)
    throw new EngineError("invalid", `${path} is damaged: its content is ${digest}`);
}
