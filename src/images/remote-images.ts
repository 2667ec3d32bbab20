import { Semaphore } from "../base/semaphore.ts";
import type { Credentials } from "../registry/credentials.ts";
import type { LoginResult } from "../registry/log-in.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import type { RemoteRepository } from "../registry/remote-repository.ts";
import type { SearchResult } from "../registry/search-index.ts";
import type { DistributionInspect, RegistryManifest } from "../spec/api/image.ts";
import type { Digest } from "../spec/digest.ts";
import type { Descriptor, Platform } from "../spec/oci-image.ts";
import { parseReference, type Reference } from "../spec/reference.ts";
import type { ImageRoom } from "./image-room.ts";
import type { Progress, RemoteOptions, SearchOptions } from "./image-service.ts";
import { remoteError } from "./remote-error.ts";
import type { LayerTransfers } from "./pull/layer-transfers.ts";
import type { LayerStack, PlaceOptions } from "./pull/place-layers.ts";
import type { RegistrySink } from "./publish/registry-sink.ts";

/** Whence layers are fetched, and who holds them from the moment on that they are relied on. */
export type TakeOptions = Omit<PlaceOptions, "layers" | "transfers">;

/** The verbs that reach registries. What they are made of is loaded when the first is used. */
export class RemoteImages {
  readonly #room: ImageRoom;
  readonly #uploads: Semaphore;
  #transfers: Promise<LayerTransfers> | undefined;

  constructor(room: ImageRoom) {
    this.#room = room;
    this.#uploads = new Semaphore(() => room.remote.atOnce().uploads);
  }

  async pull(
    text: string,
    options: RemoteOptions & { platform?: Platform },
    progress: Progress,
  ): Promise<Digest> {
    const reference = parseReference(text);
    const { pullImages } = await import("./pull/pull-images.ts");
    this.#transfers ??= makeTransfers(this.#room);
    const [registry, transfers] = [await this.#room.remote.registry(), await this.#transfers];
    return await pullImages({ room: this.#room, registry, transfers }, reference, options, progress);
  }

  async push(
    text: string,
    options: RemoteOptions & { platform?: Platform },
    progress: Progress,
  ): Promise<Descriptor[]> {
    const reference = parseReference(text);
    const { pushImages } = await import("./push/push-images.ts");
    const registry = await this.#room.remote.registry();
    return await pushImages(
      { room: this.#room, registry, slots: this.#uploads },
      reference,
      options,
      progress,
    );
  }

  async distribution(text: string, options: RemoteOptions): Promise<DistributionInspect> {
    const { describeRemote } = await import("./pull/describe-remote.ts");
    return await this.#ask((registry) => describeRemote(registry, text, options));
  }

  async manifest(text: string, options: RemoteOptions & { all?: boolean }): Promise<RegistryManifest> {
    const { readManifests } = await import("./pull/read-manifests.ts");
    return await this.#ask((registry) => readManifests(registry, text, options));
  }

  async search(term: string, options: SearchOptions): Promise<SearchResult[]> {
    const { searchImages } = await import("./search-images.ts");
    return await this.#ask((registry) => searchImages(registry, term, options));
  }

  async logIn(server: string, credentials: Credentials, signal?: AbortSignal): Promise<LoginResult> {
    return await this.#ask((registry) => registry.logIn(server, credentials, signal));
  }

  async reader(reference: Reference, { credentials }: RemoteOptions): Promise<RemoteRepository> {
    this.#room.guard.checkPull(reference);
    return await (await this.#room.remote.registry()).reader(reference, { credentials });
  }

  async sink(target: Reference, options: RemoteOptions, progress: Progress): Promise<RegistrySink> {
    const { RegistrySink } = await import("./publish/registry-sink.ts");
    const repository = await (await this.#room.remote.registry()).writer(target, options.credentials);
    const { signal } = options;
    return new RegistrySink({ room: this.#room, slots: this.#uploads, repository, target, progress, signal });
  }

  async takeLayers(stack: LayerStack, options: TakeOptions): Promise<void> {
    const { placeLayers } = await import("./pull/place-layers.ts");
    this.#transfers ??= makeTransfers(this.#room);
    await placeLayers(stack, { ...options, layers: this.#room.layers, transfers: await this.#transfers });
  }

  async #ask<T>(question: (registry: RegistryClient) => Promise<T>): Promise<T> {
    try {
      return await question(await this.#room.remote.registry());
    } catch (error) {
      throw remoteError(error);
    }
  }
}

/** One for all pulls: they share what they fetch. */
async function makeTransfers({ layers, remote }: ImageRoom): Promise<LayerTransfers> {
  const { LayerTransfers } = await import("./pull/layer-transfers.ts");
  return new LayerTransfers({ layers, partials: remote.partials, atOnce: () => remote.atOnce().downloads });
}
