import { EngineError } from "../base/errors.ts";
import { faultPoint } from "../base/fault.ts";
import type { EventLog } from "../events/event-log.ts";
import type { Digest } from "../spec/digest.ts";
import type { ImageConfigFile } from "../spec/oci-image.ts";
import { familiarName, familiarString, type Reference } from "../spec/reference.ts";
import type { BlobStore } from "../store/blobs/blob-store.ts";
import type { Database } from "../store/db/database.ts";
import { chainIdsOf } from "../store/layers/chain-id.ts";
import type { ChainId, Layer, LayerStore } from "../store/layers/layer-store.ts";
import { DistributionRecords } from "./distribution-records.ts";
import { parseImageConfig } from "./image-config.ts";
import { ImageDrafts } from "./image-drafts.ts";
import { type ImageRecord, ImageRecords } from "./image-records.ts";
import type { Image, ImageUser } from "./image-service.ts";
import { ImageGuard } from "./policy/image-guard.ts";
import type { PolicySource } from "./policy/policy-source.ts";
import { VerificationRecords } from "./policy/verification-records.ts";
import type { RemoteParts } from "./remote-parts.ts";

export interface ImageRoomParts {
  db: Database;
  blobs: BlobStore;
  layers: LayerStore;
  events: EventLog;
  remote: RemoteParts;
  /** What may be pulled and run; absent: everything. */
  policy?: PolicySource;
  /** The containers there are. */
  users: () => ImageUser[];
  clock?: () => Date;
}

/** What every operation on images works with: the records, the configurations behind them, and their layers. */
export class ImageRoom {
  readonly records: ImageRecords;
  readonly distribution: DistributionRecords;
  readonly verifications: VerificationRecords;
  readonly guard: ImageGuard;
  readonly drafts = new ImageDrafts();
  readonly blobs: BlobStore;
  readonly layers: LayerStore;
  readonly remote: RemoteParts;
  readonly users: () => ImageUser[];
  readonly now: () => Date;
  readonly #db: Database;
  readonly #events: EventLog;
  readonly #configs = new Map<Digest, ImageConfigFile>();
  /** Images that operations under way rely on, and how many of these. */
  readonly #held = new Map<Digest, number>();
  /** Told of each image that comes. */
  onAdded: (id: Digest) => void = () => {};

  constructor(parts: ImageRoomParts) {
    this.#db = parts.db;
    this.records = new ImageRecords(parts.db);
    this.distribution = new DistributionRecords(parts.db);
    this.verifications = new VerificationRecords(parts.db);
    this.blobs = parts.blobs;
    this.layers = parts.layers;
    this.#events = parts.events;
    this.remote = parts.remote;
    this.users = parts.users;
    this.now = parts.clock ?? (() => new Date());
    this.guard = new ImageGuard(parts.policy, this.now);
  }

  image(id: Digest): Image {
    const config = this.config(id);
    return { id, config, chainId: chainIdsOf(config.rootfs.diff_ids).at(-1) };
  }

  config(id: Digest): ImageConfigFile {
    const known = this.#configs.get(id);
    if (known !== undefined) return known;
    const config = parseImageConfig(this.blobs.read(id));
    this.#configs.set(id, config);
    return config;
  }

  /** The image's layers, base first. */
  layersOf(id: Digest): Layer[] {
    return chainIdsOf(this.config(id).rootfs.diff_ids).map((chainId) => {
      const layer = this.layers.get(chainId);
      if (layer === undefined)
        throw new EngineError("internal", `layer ${chainId} of image ${id} is missing`);
      return layer;
    });
  }

  sizeOf(id: Digest): number {
    return this.layersOf(id).reduce((sum, layer) => sum + layer.sizeBytes, 0);
  }

  /** Records an image whose layers exist; one that is known already stays as it is. */
  add(configBytes: Uint8Array, parent?: Digest): Digest {
    const id = this.blobs.put(configBytes);
    this.#db.transaction(() => {
      if (this.records.get(id) === undefined) this.records.insert(id, parent, this.now().getTime());
      else if (parent !== undefined) this.records.setParent(id, parent);
      const { chainId } = this.image(id);
      if (chainId !== undefined) this.layers.retain(chainId, userOf(id));
    });
    this.onAdded(id);
    return id;
  }

  noteUse(id: Digest): void {
    this.records.setLastUsed(id, this.now().getTime());
  }

  /** Keeps the storage budget from the image until the answer is disposed of. */
  hold(id: Digest): Disposable {
    this.noteUse(id);
    this.#held.set(id, (this.#held.get(id) ?? 0) + 1);
    return {
      [Symbol.dispose]: () => {
        const count = (this.#held.get(id) ?? 1) - 1;
        if (count > 0) this.#held.set(id, count);
        else this.#held.delete(id);
      },
    };
  }

  isHeld(id: Digest): boolean {
    return this.#held.has(id);
  }

  /** What images take: layers with their records, configurations and manifests, and what is only partly here. */
  bytesOnDisk(): number {
    const layers = [...this.layers.bytesOnDisk().values()].reduce((sum, size) => sum + size, 0);
    return layers + this.blobs.bytesOnDisk() + this.remote.partials.bytesOnDisk();
  }

  /** Forgets the image and its names; answers the layers that went with it, topmost first. */
  async drop(id: Digest): Promise<ChainId[]> {
    const { chainId } = this.image(id);
    const manifests = this.#forget(id);
    faultPoint("image:forgotten");
    this.#configs.delete(id);
    for (const digest of [id, ...manifests]) this.blobs.delete(digest);
    faultPoint("image:blobs");
    return chainId === undefined ? [] : await this.layers.release(chainId, userOf(id));
  }

  /** Answers the manifests that nobody needs any more. */
  #forget(id: Digest): Digest[] {
    return this.#db.transaction(() => {
      const manifests = this.distribution.deleteManifests(id);
      this.records.delete(id);
      return manifests;
    });
  }

  transaction<T>(body: () => T extends Promise<unknown> ? never : T): T {
    return this.#db.transaction(body);
  }

  /** Tags as people see them. */
  tagsOf(id: Digest): string[] {
    return this.records
      .references(id)
      .filter((reference) => reference.digest === undefined)
      .map(familiarString);
  }

  /** An event carries the image's labels while the image is there. */
  publish(action: string, id: Digest, name: string = id): void {
    const labels = this.#labelsOf(id);
    this.#events.publish({ Type: "image", Action: action, id, attributes: { ...labels, name } });
  }

  /** Of a pull or push: Docker names the event by the reference. */
  publishTransfer(action: "pull" | "push", imageId: Digest, reference: Reference): void {
    const attributes = { ...this.#labelsOf(imageId), name: familiarName(reference) };
    this.#events.publish({ Type: "image", Action: action, id: familiarString(reference), attributes });
  }

  publishPrune(reclaimedBytes: number): void {
    this.#events.publish({
      Type: "image",
      Action: "prune",
      id: "",
      attributes: { reclaimed: String(reclaimedBytes) },
    });
  }

  /** The image is gone already. */
  publishEviction(id: Digest, attributes: Record<string, string>): void {
    this.#events.publish({ Type: "image", Action: "evict", id, attributes: { name: id, ...attributes } });
  }

  #labelsOf(id: Digest): Record<string, string> {
    return this.records.get(id) === undefined ? {} : (this.config(id).config?.Labels ?? {});
  }

  list(): ImageRecord[] {
    return this.records.list();
  }

  /**
   * After a crash: images whose layers are gone are no images, and a configuration without a record was never
   * promised. The layer store must have been reconciled before.
   */
  async reconcile(): Promise<void> {
    for (const { id } of this.list()) if (!this.#isWhole(id)) this.#forget(id);
    const known = new Set(this.list().map((record) => record.id));
    const needed = new Set([...known, ...this.distribution.manifestDigests()]);
    for (const digest of this.blobs.list()) if (!needed.has(digest)) this.blobs.delete(digest);
    this.distribution.keepSourcesOf(new Set(this.layers.list().map((layer) => layer.diffId)));
    for (const { chainId } of this.layers.list()) await this.#releaseStrays(chainId, known);
    const here = this.layers.list().flatMap(({ diffId, blob }) => [diffId, ...(blob ? [blob.digest] : [])]);
    this.remote.partials.sweep(partialBlobLifeMs, here);
  }

  #isWhole(id: Digest): boolean {
    try {
      const { chainId } = this.image(id);
      const hasLayers = chainId === undefined || this.layers.get(chainId) !== undefined;
      return hasLayers && this.blobs.sizeOf(id) !== undefined;
    } catch {
      return false;
    }
  }

  /** A layer held for an image that is no more. */
  async #releaseStrays(chainId: ChainId, known: Set<Digest>): Promise<void> {
    for (const user of this.layers.users(chainId))
      if (user.startsWith(userPrefix) && !known.has(user.slice(userPrefix.length) as Digest))
        await this.layers.release(chainId, user);
  }
}

/** A pull that was broken off is gone on with for so long. */
const partialBlobLifeMs = 7 * 24 * 3600 * 1000;

const userPrefix = "image:";

function userOf(id: Digest): string {
  return `${userPrefix}${id}`;
}
