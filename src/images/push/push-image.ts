import { EngineError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { Semaphore } from "../../base/semaphore.ts";
import type { Credentials } from "../../registry/credentials.ts";
import type { WritableRepository } from "../../registry/remote-repository.ts";
import type { Digest } from "../../spec/digest.ts";
import type { Descriptor, Platform } from "../../spec/oci-image.ts";
import { formatPlatform, platformMatches } from "../../spec/platform.ts";
import { familiarString, fullName, type Reference } from "../../spec/reference.ts";
import type { Layer } from "../../store/layers/layer-store.ts";
import type { ImageRoom } from "../image-room.ts";
import type { Progress } from "../image-service.ts";
import { type LayerForm, pushLayer } from "./push-layer.ts";
import {
  draftManifest,
  isForeign,
  type KnownManifest,
  knownManifests,
  type ManifestDraft,
} from "./push-manifest.ts";
import { pushLines } from "./push-progress.ts";

export interface PushOptions {
  platform?: Platform | undefined;
  credentials?: Credentials | undefined;
  signal?: AbortSignal | undefined;
}

interface PushImageParts {
  room: ImageRoom;
  slots: Semaphore;
  repository: WritableRepository;
  options: PushOptions;
  progress: Progress;
}

/** One image on its way to one tag. */
export class Push {
  readonly #room: ImageRoom;
  readonly #slots: Semaphore;
  readonly #target: Reference;
  readonly #id: Digest;
  readonly #repository: WritableRepository;
  readonly #options: PushOptions;
  readonly #progress: Progress;

  constructor({ room, slots, repository, options, progress }: PushImageParts, target: Reference, id: Digest) {
    this.#room = room;
    this.#slots = slots;
    this.#target = target;
    this.#id = id;
    this.#repository = repository;
    this.#options = options;
    this.#progress = progress;
  }

  /** Answers its manifest. */
  async run(): Promise<Descriptor> {
    this.#checkPlatform();
    const lease = `lease:${newId()}`;
    const { chainId } = this.#room.image(this.#id);
    if (chainId !== undefined) this.#room.layers.retain(chainId, lease);
    try {
      return await this.#pushAll();
    } finally {
      if (chainId !== undefined) await this.#room.layers.release(chainId, lease);
    }
  }

  async #pushAll(): Promise<Descriptor> {
    const layers = this.#room.layersOf(this.#id);
    for (const { diffId } of layers.toReversed()) pushLines(diffId, this.#progress).say("Preparing");
    const manifest = (await this.#pushKnown(layers)) ?? (await this.#pushNew(layers));
    const tag = this.#target.tag ?? "latest";
    const digest = await this.#repository.putManifest(tag, manifest, this.#options.signal);
    this.#record(manifest, digest);
    const size = manifest.bytes.length;
    this.#progress({ status: `${tag}: digest: ${digest} size: ${size}` });
    this.#progress({ progressDetail: {}, aux: { Tag: tag, Digest: digest, Size: size } });
    this.#room.publishTransfer("push", this.#id, this.#target);
    return { mediaType: manifest.mediaType, digest, size };
  }

  /** As the image came here, or went out before: so its digest stays what it was. */
  async #pushKnown(layers: readonly Layer[]): Promise<ManifestDraft | undefined> {
    for (const manifest of knownManifests(this.#room, this.#id)) {
      const forms = manifest.layers.map((layer) => (isForeign(layer) ? "foreign" : formOf(layer)));
      if (!layers.every((layer, index) => this.#canHave(layer, forms[index] ?? "foreign"))) continue;
      const pushed = await this.#pushParts(layers, (index) => forms[index] ?? "foreign");
      if (pushed.some((form) => form === undefined)) continue;
      return manifest;
    }
    return undefined;
  }

  /** Whether a layer's form is here, or may be in the registry. */
  #canHave({ diffId }: Layer, form: LayerForm | "foreign"): boolean {
    if (form === "foreign" || form.digest === diffId) return true;
    if (this.#room.layers.blob(diffId)?.digest === form.digest) return true;
    const { domain } = this.#target;
    return this.#room.distribution
      .sources(diffId)
      .some(({ digest, repository }) => digest === form.digest && repository.startsWith(`${domain}/`));
  }

  async #pushNew(layers: readonly Layer[]): Promise<ManifestDraft> {
    const forms = await this.#pushParts(layers, () => undefined);
    const size = this.#room.blobs.read(this.#id).length;
    return draftManifest({ digest: this.#id, size }, forms as LayerForm[]);
  }

  /** Side by side, and the configuration with them; the same layer twice in an image goes once. */
  async #pushParts(
    layers: readonly Layer[],
    wanted: (index: number) => LayerForm | "foreign" | undefined,
  ): Promise<(LayerForm | undefined)[]> {
    const { signal } = this.#options;
    const ending = new AbortController();
    const both = signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]);
    const under = new Map<Digest, Promise<LayerForm | undefined>>();
    const pushOnce = (layer: Layer, form: LayerForm | undefined) => {
      const running = under.get(layer.diffId) ?? this.#pushOne(layer, form, both);
      under.set(layer.diffId, running);
      return running;
    };
    const work = layers.map(async (layer, index) => {
      const form = wanted(index);
      return form === "foreign" ? foreignForm(layer) : await pushOnce(layer, form);
    });
    const config = this.#pushConfig(both);
    try {
      const [forms] = await Promise.all([Promise.all(work), config]);
      return forms;
    } finally {
      ending.abort();
      await Promise.allSettled([...work, config]);
    }
  }

  async #pushOne(
    layer: Layer,
    wanted: LayerForm | undefined,
    signal: AbortSignal,
  ): Promise<LayerForm | undefined> {
    const lines = pushLines(layer.diffId, this.#progress);
    if (this.#slots.isFull) lines.say("Waiting");
    const options = { room: this.#room, repository: this.#repository, target: this.#target, lines, signal };
    const form = await this.#slots.run(() => pushLayer(layer, wanted, options), signal);
    if (form !== undefined)
      this.#room.distribution.addSource(layer.diffId, { ...form, repository: fullName(this.#target) });
    return form;
  }

  async #pushConfig(signal: AbortSignal): Promise<void> {
    if (await this.#repository.has(this.#id, signal)) return;
    await this.#repository.uploadWhole(this.#room.blobs.read(this.#id), this.#id, signal);
  }

  #record(manifest: ManifestDraft, digest: Digest): void {
    const { domain, path } = this.#target;
    this.#room.blobs.put(manifest.bytes);
    this.#room.transaction(() => {
      // It may have been removed meanwhile.
      if (this.#room.records.get(this.#id) === undefined) return;
      this.#room.distribution.addManifest(this.#id, { digest, mediaType: manifest.mediaType });
      this.#room.records.setReference({ domain, path, digest }, this.#id, this.#room.now().getTime());
    });
  }

  #checkPlatform(): void {
    const { platform } = this.#options;
    const config = this.#room.config(this.#id);
    if (platform === undefined || platformMatches(config, platform)) return;
    throw new EngineError(
      "not-found",
      `image with reference ${familiarString(this.#target)} was found but its platform (${formatPlatform(config)}) ` +
        `does not match the specified platform (${formatPlatform(platform)})`,
    );
  }
}

function formOf({ digest, size, mediaType }: KnownManifest["layers"][number]): LayerForm {
  return { digest, sizeBytes: size, mediaType };
}

function foreignForm({ diffId, tarBytes }: Layer): LayerForm {
  return { digest: diffId, sizeBytes: tarBytes, mediaType: "" };
}
