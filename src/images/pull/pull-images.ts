import { EngineError, messageOf } from "../../base/errors.ts";
import { faultPoint } from "../../base/fault.ts";
import { newId } from "../../base/ids.ts";
import type { Credentials } from "../../registry/credentials.ts";
import type { RemoteManifest } from "../../registry/manifests.ts";
import type { RegistryClient } from "../../registry/registry-client.ts";
import { RegistryError } from "../../registry/registry-error.ts";
import type { RemoteRepository } from "../../registry/remote-repository.ts";
import type { Digest } from "../../spec/digest.ts";
import type { Platform } from "../../spec/oci-image.ts";
import { formatPlatform, platformMatches } from "../../spec/platform.ts";
import { familiarName, familiarString, fullName, type Reference } from "../../spec/reference.ts";
import type { ChainId } from "../../store/layers/layer-store.ts";
import type { ImageRoom } from "../image-room.ts";
import type { Progress } from "../image-service.ts";
import type { LayerTransfers } from "./layer-transfers.ts";
import type { Verification } from "../policy/verification-records.ts";
import { placeLayers } from "./place-layers.ts";
import { pullError } from "./pull-errors.ts";
import { readRemoteImage, type RemoteImage } from "./remote-image.ts";

export interface PullOptions {
  platform?: Platform | undefined;
  credentials?: Credentials | undefined;
  signal?: AbortSignal | undefined;
}

export interface PullParts {
  room: ImageRoom;
  registry: RegistryClient;
  transfers: LayerTransfers;
}

/** Pulls what `reference` names; without tag and digest, every tag of the repository. Answers the last image's id. */
export async function pullImages(
  parts: PullParts,
  reference: Reference,
  options: PullOptions,
  progress: Progress,
): Promise<Digest> {
  const pull = new Pull(parts, reference, options, progress);
  try {
    return await pull.run();
  } catch (error) {
    if (options.signal?.aborted === true) throw new EngineError("cancelled", "context canceled", error);
    throw pullError(error, reference);
  }
}

class Pull {
  readonly #parts: PullParts;
  readonly #reference: Reference;
  readonly #options: PullOptions;
  readonly #progress: Progress;
  /** Said once the stream has begun: what fails before has a status of its own. */
  readonly #notes: string[] = [];
  #hasBegun = false;

  constructor(parts: PullParts, reference: Reference, options: PullOptions, progress: Progress) {
    this.#parts = parts;
    this.#reference = reference;
    this.#options = options;
    this.#progress = progress;
  }

  async run(): Promise<Digest> {
    const reference = this.#reference;
    this.#parts.room.guard.checkPull(reference);
    const repository = await this.#open();
    let [last, isNew]: [Digest | undefined, boolean] = [undefined, false];
    for (const each of await this.#wanted(repository)) {
      const pulled = await this.#pullOne(repository, each);
      last = pulled.id;
      isNew ||= pulled.isNew;
    }
    if (last === undefined)
      throw new EngineError("not-found", `No tags available in repository ${familiarName(reference)}`);
    const outcome = isNew ? "Downloaded newer image" : "Image is up to date";
    this.#progress({ status: `Status: ${outcome} for ${familiarString(reference)}` });
    this.#warnOfPlatform(last);
    return last;
  }

  async #open(): Promise<RemoteRepository> {
    const { credentials } = this.#options;
    return await this.#parts.registry.reader(this.#reference, {
      credentials,
      onMirror: ({ mirror, failure }) =>
        this.#note(
          failure === undefined
            ? `Using mirror ${mirror}`
            : `Mirror ${mirror} does not help: ${messageOf(failure)}`,
        ),
    });
  }

  async #wanted(repository: RemoteRepository): Promise<Reference[]> {
    const reference = this.#reference;
    if (reference.tag !== undefined || reference.digest !== undefined) return [reference];
    const tags = await repository.tags(this.#options.signal);
    return tags.map((tag) => ({ ...reference, tag }));
  }

  async #pullOne(
    repository: RemoteRepository,
    reference: Reference,
  ): Promise<{ id: Digest; isNew: boolean }> {
    const { room } = this.#parts;
    const known = await this.#upToDate(repository, reference);
    if (known !== undefined) {
      const verification = await room.guard.verify(repository, reference, known.digest, this.#options.signal);
      if (verification !== undefined) room.verifications.add(known.id, verification);
      this.#begin(reference);
      this.#progress({ status: `Digest: ${known.digest}` });
      return { id: known.id, isNew: false };
    }
    const { platform, signal } = this.#options;
    const found = await repository.manifest(reference.digest ?? reference.tag ?? "latest", signal);
    const verification = await room.guard.verify(repository, reference, found.digest, signal);
    this.#begin(reference);
    const image = await readRemoteImage(repository, found, reference, platform, signal);
    const id = await this.#take(repository, { image, reference, found, verification });
    this.#progress({ status: `Digest: ${found.digest}` });
    return id;
  }

  /** Asks what the name stands for now, before anything is fetched: registries count what is fetched. */
  async #upToDate(
    repository: RemoteRepository,
    reference: Reference,
  ): Promise<{ id: Digest; digest: Digest } | undefined> {
    const { records } = this.#parts.room;
    const id = records.lookup(reference);
    if (id === undefined || !this.#fits(id)) return undefined;
    const digests = records.references(id).filter((each) => fullName(each) === fullName(reference));
    if (!digests.some((each) => each.digest !== undefined)) return undefined;
    const { signal } = this.#options;
    const remote = await repository
      .head(reference.digest ?? reference.tag ?? "latest", signal)
      .catch((error: unknown) => {
        // Such an answer has no body: what is wrong is told to who asks for the manifest itself.
        if (!(error instanceof RegistryError)) throw error;
      });
    const same = remote !== undefined && digests.some((each) => each.digest === remote.digest);
    return same ? { id, digest: remote.digest } : undefined;
  }

  #fits(id: Digest): boolean {
    const { platform } = this.#options;
    return platform === undefined || platformMatches(this.#parts.room.config(id), platform);
  }

  #begin(reference: Reference): void {
    const id = reference.digest === undefined ? (reference.tag ?? "latest") : familiarString(reference);
    this.#progress({ status: `Pulling from ${pathForPeople(reference)}`, id });
    this.#hasBegun = true;
    for (const note of this.#notes.splice(0)) this.#progress({ status: note });
  }

  #note(text: string): void {
    if (this.#hasBegun) this.#progress({ status: text });
    else this.#notes.push(text);
  }

  async #take(repository: RemoteRepository, arrival: Arrival): Promise<{ id: Digest; isNew: boolean }> {
    const { room, transfers } = this.#parts;
    const { image, reference } = arrival;
    const lease = `lease:${newId()}`;
    const held: ChainId[] = [];
    const [progress, { signal }] = [this.#progress, this.#options];
    try {
      await placeLayers(image, { layers: room.layers, transfers, repository, lease, held, progress, signal });
      const before = room.records.lookup(reference);
      const id = record(room, arrival);
      room.publishTransfer("pull", id, reference);
      return { id, isNew: before !== id };
    } finally {
      for (const chainId of held) await room.layers.release(chainId, lease);
    }
  }

  /** As dockerd: a single image is taken whatever it is for, but not silently. */
  #warnOfPlatform(id: Digest): void {
    const { platform } = this.#options;
    if (platform === undefined || this.#fits(id)) return;
    const { room } = this.#parts;
    const found = formatPlatform(room.config(id));
    const message =
      `image with reference ${familiarString(this.#reference)} was found but its platform (${found}) ` +
      `does not match the specified platform (${formatPlatform(platform)})`;
    this.#progress({ status: `WARNING: ${message}` });
  }
}

interface Arrival {
  image: RemoteImage;
  /** What was asked for, with its tag or digest. */
  reference: Reference;
  /** What that stands for: the image's manifest, or an index. */
  found: RemoteManifest;
  verification: Verification | undefined;
}

/** The name last: a crash leaves the old image under it, or the new one. */
function record(room: ImageRoom, { image, reference, found, verification }: Arrival): Digest {
  room.blobs.put(image.manifest.bytes);
  faultPoint("pull:manifest");
  return room.transaction(() => {
    const id = room.add(image.configBytes);
    const now = room.now().getTime();
    room.distribution.addManifest(id, image.manifest);
    if (verification !== undefined) room.verifications.add(id, verification);
    for (const [index, descriptor] of image.layers.entries()) {
      const { digest, size: sizeBytes, mediaType } = descriptor;
      const diffId = image.config.rootfs.diff_ids[index] as Digest;
      room.distribution.addSource(diffId, { repository: fullName(reference), digest, sizeBytes, mediaType });
    }
    const { domain, path, tag } = reference;
    room.records.setReference({ domain, path, digest: found.digest }, id, now);
    if (tag !== undefined && reference.digest === undefined) room.records.setReference(reference, id, now);
    faultPoint("pull:image");
    return id;
  });
}

/** dockerd leaves the registry out. */
function pathForPeople({ path }: Reference): string {
  return path;
}
