import type { Readable } from "node:stream";
import type { ImageDeleteResponseItem, ImageInspect, ImageSummary } from "../spec/api/image.ts";
import type { ImageDiff } from "../spec/api/image-diff.ts";
import type { Credentials } from "../registry/credentials.ts";
import type { RemoteRepository } from "../registry/remote-repository.ts";
import type { Digest } from "../spec/digest.ts";
import type { Descriptor, Platform } from "../spec/oci-image.ts";
import { type BudgetParts, StorageBudget } from "./budget/storage-budget.ts";
import { parseReference, type Reference, withDefaultTag } from "../spec/reference.ts";
import { checkPlatform } from "./check-platform.ts";
import { findImage, fullId, taggedReference } from "./find-image.ts";
import { ImageRoom, type ImageRoomParts } from "./image-room.ts";
import type {
  Filters,
  Image,
  ImageService,
  Progress,
  RemoteOptions,
  SearchOptions,
} from "./image-service.ts";
import { importImage, type ImportOptions, tagImage } from "./import-image.ts";
import { imageHistory, inspectImage } from "./inspect-image.ts";
import { type ListOptions, listImages } from "./list-images.ts";
import { type LoadOptions, loadImages } from "./load-images.ts";
import { planPrune, pruneImages } from "./prune-images.ts";
import type { LayerStack } from "./pull/place-layers.ts";
import { type LayoutOptions, LayoutSink } from "./publish/layout-sink.ts";
import type { RegistrySink } from "./publish/registry-sink.ts";
import { RemoteImages, type TakeOptions } from "./remote-images.ts";
import { removeImage, type RemoveOptions } from "./remove-image.ts";
import { saveChosen, saveImages, type SaveOptions } from "./save-images.ts";

/** Images of this engine, with what the rooms that make images (commit, build, pull) need beside the verbs. */
export interface LocalImageService extends ImageService {
  /** As `get`, for a container or a build step to be made from it. Throws forbidden where the image policy does not let it. */
  use(reference: string): Image;
  /** Records an image whose layers exist; they are retained for it. `parent` is the image it was made from. */
  add(configBytes: Uint8Array, parent?: Digest): Digest;
  /** Tells who watches events that the image was made here. */
  publishCreation(id: Digest): void;
  /** The id of an image that becomes one when it is asked for; its layers are whoever's they are. */
  draft(configBytes: Uint8Array): Digest;
  /** Names an image by a tag or a digest; another image that had the name loses it. */
  name(id: Digest, reference: Reference): void;
  /** Notes that the image is of use now: the storage budget takes the least recently used. */
  noteUse(id: Digest): void;
  /** The same, and keeps the storage budget from it until the answer is disposed of. */
  hold(id: Digest): Disposable;
  /** What all images take on the disk. */
  bytesOnDisk(): number;
  /** An archive of one image under names that it need not have here. */
  saveAs(id: Digest, tags: readonly Reference[], options: { signal?: AbortSignal }): Readable;
  /** A registry's repository, for documents and layers that need not be an image's. Throws forbidden where the image policy does. */
  reader(reference: Reference, options: RemoteOptions): Promise<RemoteRepository>;
  /** A registry's repository, to put layers and documents into. */
  sink(target: Reference, options: RemoteOptions, progress: Progress): Promise<RegistrySink>;
  /** An OCI layout as an archive, to put layers and documents into. */
  layout(options: LayoutOptions): LayoutSink;
  /** Sees to it that layers are here, fetching those that are not. Checked as a pull's; the caller releases what `held` says. */
  takeLayers(stack: LayerStack, options: TakeOptions): Promise<void>;
  /** At start, after the layer store's own: forgets images that are not whole and what nobody needs. */
  reconcile(): Promise<void>;
}

export function createImageService(parts: ImageRoomParts & { budget?: BudgetParts }): LocalImageService {
  const room = new ImageRoom(parts);
  return new RoomImageService(room, parts.budget && new StorageBudget(room, parts.budget));
}

type PlatformOptions = RemoteOptions & { platform?: Platform };

class RoomImageService implements LocalImageService {
  readonly #room: ImageRoom;
  readonly #remote: RemoteImages;

  readonly #budget: StorageBudget | undefined;

  constructor(room: ImageRoom, budget: StorageBudget | undefined) {
    this.#room = room;
    this.#budget = budget;
    this.#remote = new RemoteImages(room);
  }

  get(reference: string): Image {
    return this.#room.image(findImage(this.#room, reference));
  }

  use(reference: string): Image {
    const { records, verifications, guard } = this.#room;
    const image = this.get(reference);
    guard.checkUse({
      reference: this.#nameIn(reference),
      names: records.references(image.id),
      verifications: verifications.list(image.id),
    });
    return image;
  }

  /** Undefined where the text is an id or its beginning. */
  #nameIn(text: string): Reference | undefined {
    if (fullId(text) !== undefined) return undefined;
    const reference = withDefaultTag(parseReference(text));
    return this.#room.records.lookup(reference) === undefined ? undefined : reference;
  }

  list(options: ListOptions): ImageSummary[] {
    return listImages(this.#room, options);
  }

  inspect(reference: string, platform?: Platform): ImageInspect {
    return inspectImage(this.#room, this.#find(reference, platform));
  }

  history(reference: string, platform?: Platform) {
    return imageHistory(this.#room, this.#find(reference, platform));
  }

  #find(reference: string, platform: Platform | undefined): Digest {
    const id = findImage(this.#room, reference);
    checkPlatform(reference, this.#room.config(id), platform);
    return id;
  }

  async diff(from: string, to: string, signal?: AbortSignal): Promise<ImageDiff> {
    const ids = [findImage(this.#room, from), findImage(this.#room, to)] as const;
    // Seldom asked for.
    const { diffImages } = await import("./diff/diff-images.ts");
    return await diffImages(this.#room, ...ids, signal);
  }

  tag(source: string, repository: string, tag: string): void {
    const reference = taggedReference(repository, tag, "refusing to create a tag with a digest reference");
    const id = findImage(this.#room, source);
    if (reference !== undefined) tagImage(this.#room, id, reference);
  }

  async remove(reference: string, options: RemoveOptions): Promise<ImageDeleteResponseItem[]> {
    return await removeImage(this.#room, reference, options);
  }

  async import(source: Readable, options: ImportOptions, _progress: Progress): Promise<Digest> {
    return await importImage(this.#room, source, options);
  }

  async importFrom(url: string, options: ImportOptions, progress: Progress): Promise<Digest> {
    const { importUrl } = await import("./import-url.ts");
    return await importUrl(this.#room, url, options, progress);
  }

  async pull(text: string, options: PlatformOptions, progress: Progress): Promise<Digest> {
    return await this.#remote.pull(text, options, progress);
  }

  async push(text: string, options: PlatformOptions, progress: Progress): Promise<Descriptor[]> {
    return await this.#remote.push(text, options, progress);
  }

  async remoteManifest(text: string, options: RemoteOptions & { all?: boolean }) {
    return await this.#remote.manifest(text, options);
  }

  async distribution(text: string, options: RemoteOptions) {
    return await this.#remote.distribution(text, options);
  }

  async search(term: string, options: SearchOptions) {
    return await this.#remote.search(term, options);
  }

  async logIn(server: string, credentials: Credentials, signal?: AbortSignal) {
    return await this.#remote.logIn(server, credentials, signal);
  }

  async load(source: Readable, options: LoadOptions, progress: Progress): Promise<void> {
    await loadImages(this.#room, source, options, progress);
  }

  save(references: string[], options: SaveOptions): Readable {
    return saveImages(this.#room, references, options);
  }

  planPrune(filters: Filters, goneContainers: ReadonlySet<string>) {
    return planPrune(this.#room, filters, goneContainers);
  }

  async prune(filters: Filters) {
    return await pruneImages(this.#room, filters);
  }

  tagsOf(id: Digest): string[] {
    return this.#room.records.get(id) === undefined ? [] : this.#room.tagsOf(id);
  }

  saveAs(id: Digest, tags: readonly Reference[], options: { signal?: AbortSignal }): Readable {
    return saveChosen(this.#room, [{ id, tags: [...tags] }], options);
  }

  reader(reference: Reference, options: RemoteOptions) {
    return this.#remote.reader(reference, options);
  }

  sink(target: Reference, options: RemoteOptions, progress: Progress) {
    return this.#remote.sink(target, options, progress);
  }

  layout(options: LayoutOptions) {
    return new LayoutSink(this.#room, options);
  }

  takeLayers(stack: LayerStack, options: TakeOptions) {
    return this.#remote.takeLayers(stack, options);
  }

  add(configBytes: Uint8Array, parent?: Digest): Digest {
    return this.#room.add(configBytes, parent);
  }

  publishCreation(id: Digest): void {
    this.#room.publish("create", id);
  }

  draft(configBytes: Uint8Array): Digest {
    return this.#room.drafts.keep(configBytes);
  }

  name(id: Digest, reference: Reference): void {
    if (reference.digest === undefined) tagImage(this.#room, id, reference);
    else this.#room.records.setReference(reference, id, this.#room.now().getTime());
  }

  noteUse(id: Digest): void {
    this.#room.noteUse(id);
  }

  hold(id: Digest): Disposable {
    return this.#room.hold(id);
  }

  bytesOnDisk(): number {
    return this.#room.bytesOnDisk();
  }

  async reconcile(): Promise<void> {
    await this.#room.reconcile();
    this.#budget?.check();
  }
}
