import { createHash } from "node:crypto";
import { createWriteStream, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { newId } from "../../base/ids.ts";
import { mediaTypes } from "../../registry/media-types.ts";
import { type Digest, digestHex } from "../../spec/digest.ts";
import type { LayerChoice } from "../../spec/layer-choice.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import type { Layer } from "../../store/layers/layer-store.ts";
import { type ArchiveMember, archiveBytes, type MemberContent } from "../archive-bytes.ts";
import type { ImageRoom } from "../image-room.ts";
import { layerTypeOf, ociLayerTypeOf } from "../push/layer-types.ts";
import { keptForm } from "../push/push-layer.ts";
import { compressedSource } from "../push/upload-sources.ts";
import { type BlobSink, descriptorOf } from "./blob-sink.ts";
import { isChosen } from "./is-chosen.ts";

export interface LayoutOptions {
  /** Where layers wait that had to be compressed: a tar names lengths before contents. */
  directory: string;
  signal: AbortSignal | undefined;
}

/** An OCI image layout as a tar (image spec v1.1, image-layout.md). Ended by `archive`'s release, or by `discard`. */
export class LayoutSink implements BlobSink {
  readonly #room: ImageRoom;
  readonly #options: LayoutOptions;
  readonly #directory: string;
  readonly #members = new Map<string, ArchiveMember>();
  readonly #layers = new Map<Digest, Promise<Descriptor>>();
  readonly #lease = `lease:${newId()}`;
  readonly #held: Digest[] = [];

  constructor(room: ImageRoom, options: LayoutOptions) {
    this.#room = room;
    this.#options = options;
    this.#directory = join(options.directory, newId());
  }

  layer(layer: Layer, choice: LayerChoice): Promise<Descriptor> {
    const known = this.#layers.get(layer.diffId);
    if (known !== undefined) return known;
    this.#room.layers.retain(layer.chainId, this.#lease);
    this.#held.push(layer.chainId);
    const put = this.#put(layer, choice);
    this.#layers.set(layer.diffId, put);
    return put;
  }

  async #put(layer: Layer, choice: LayerChoice): Promise<Descriptor> {
    const { diffId, tarBytes } = layer;
    const kept = keptForm(this.#room, diffId);
    const blob = this.#room.layers.blob(diffId);
    if (kept !== undefined && blob !== undefined && isChosen(kept, true, choice)) {
      this.#add(kept.digest, { path: blob.path, sizeBytes: kept.sizeBytes });
      return { mediaType: ociLayerTypeOf(kept.mediaType), digest: kept.digest, size: kept.sizeBytes };
    }
    if (choice.compression !== "uncompressed") return await this.#compress(layer, choice);
    this.#add(diffId, { layer });
    return { mediaType: layerTypeOf("none"), digest: diffId, size: tarBytes };
  }

  async #compress({ chainId }: Layer, choice: LayerChoice): Promise<Descriptor> {
    const source = compressedSource(this.#room.layers, chainId, choice);
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const path = join(this.#directory, newId());
    const { signal } = this.#options;
    await pipeline(Readable.from(source.read(0)), createWriteStream(path), signal ? { signal } : {});
    const [digest, { sizeBytes }] = [source.digest(), source];
    this.#add(digest, { path, sizeBytes });
    return { mediaType: ociLayerTypeOf(source.mediaType), digest, size: sizeBytes };
  }

  async document(mediaType: string, bytes: Buffer): Promise<Descriptor> {
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
    this.#add(digest, { bytes });
    return descriptorOf(mediaType, bytes, digest);
  }

  async manifest(mediaType: string, bytes: Buffer): Promise<Descriptor> {
    return await this.document(mediaType, bytes);
  }

  /** The whole layout with these entries in its index, and other files beside. Nothing more may be put. */
  archive(
    index: readonly Descriptor[],
    beside: Readonly<Record<string, unknown>> = {},
  ): { open: () => Readable; release: () => Promise<void> } {
    const documents = {
      ...beside,
      "index.json": { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: index },
      "oci-layout": { imageLayoutVersion: "1.0.0" },
    };
    for (const [name, document] of Object.entries(documents))
      this.#members.set(name, { bytes: Buffer.from(JSON.stringify(document)) });
    const open = () => Readable.from(archiveBytes(this.#room, this.#members), { objectMode: false });
    return { open, release: () => this.discard() };
  }

  /** Gives back what the layout stands on. */
  async discard(): Promise<void> {
    await Promise.allSettled(this.#layers.values());
    rmSync(this.#directory, { recursive: true, force: true });
    for (const chainId of this.#held.splice(0)) await this.#room.layers.release(chainId, this.#lease);
  }

  #add(digest: Digest, content: MemberContent): void {
    this.#members.set(`blobs/sha256/${digestHex(digest)}`, content);
  }
}
