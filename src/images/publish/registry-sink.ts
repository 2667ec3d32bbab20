import { createHash } from "node:crypto";
import type { Semaphore } from "../../base/semaphore.ts";
import type { WritableRepository } from "../../registry/remote-repository.ts";
import type { Digest } from "../../spec/digest.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import { fullName, type Reference } from "../../spec/reference.ts";
import type { Layer } from "../../store/layers/layer-store.ts";
import type { ImageRoom } from "../image-room.ts";
import type { Progress } from "../image-service.ts";
import { ociLayerTypeOf } from "../push/layer-types.ts";
import { pushLayer } from "../push/push-layer.ts";
import { pushLines } from "../push/push-progress.ts";
import { type BlobSink, descriptorOf } from "./blob-sink.ts";
import type { LayerChoice } from "../../spec/layer-choice.ts";

export interface RegistrySinkParts {
  room: ImageRoom;
  /** Shared by all uploads of the engine. */
  slots: Semaphore;
  repository: WritableRepository;
  target: Reference;
  progress: Progress;
  signal: AbortSignal | undefined;
}

/** A repository of a registry. What is there already is not sent again; the same layer asked for twice goes once. */
export class RegistrySink implements BlobSink {
  readonly #parts: RegistrySinkParts;
  readonly #layers = new Map<Digest, Promise<Descriptor>>();

  constructor(parts: RegistrySinkParts) {
    this.#parts = parts;
  }

  layer(layer: Layer, choice: LayerChoice): Promise<Descriptor> {
    const known = this.#layers.get(layer.diffId);
    if (known !== undefined) return known;
    const sent = this.#send(layer, choice);
    this.#layers.set(layer.diffId, sent);
    return sent;
  }

  async #send(layer: Layer, choice: LayerChoice): Promise<Descriptor> {
    const { room, slots, repository, target, progress, signal } = this.#parts;
    const options = { room, repository, target, lines: pushLines(layer.diffId, progress), signal, choice };
    const form = await slots.run(() => pushLayer(layer, undefined, options), signal);
    if (form === undefined) throw new Error(`layer ${layer.diffId} has no form to be sent in`);
    room.distribution.addSource(layer.diffId, { ...form, repository: fullName(target) });
    return { mediaType: ociLayerTypeOf(form.mediaType), digest: form.digest, size: form.sizeBytes };
  }

  async document(mediaType: string, bytes: Buffer): Promise<Descriptor> {
    const { repository, signal } = this.#parts;
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
    if (!(await repository.has(digest, signal))) await repository.uploadWhole(bytes, digest, signal);
    return descriptorOf(mediaType, bytes, digest);
  }

  async manifest(mediaType: string, bytes: Buffer): Promise<Descriptor> {
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
    await this.tag(digest, mediaType, bytes);
    return descriptorOf(mediaType, bytes, digest);
  }

  /** Puts a manifest under a tag, or its digest. */
  async tag(name: string, mediaType: string, bytes: Buffer): Promise<void> {
    const { repository, signal } = this.#parts;
    await repository.putManifest(name, { mediaType, bytes }, signal);
  }
}
