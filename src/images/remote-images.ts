import type { Credentials } from "../registry/credentials.ts";
import type { Digest } from "../spec/digest.ts";
import type { Platform } from "../spec/oci-image.ts";
import { parseReference } from "../spec/reference.ts";
import type { ImageRoom } from "./image-room.ts";
import type { Progress } from "./image-service.ts";
import type { LayerTransfers } from "./pull/layer-transfers.ts";

export interface PullOptions {
  platform?: Platform;
  credentials?: Credentials;
  signal?: AbortSignal;
}

/** The verbs that reach registries. What they are made of is loaded when the first is used. */
export class RemoteImages {
  readonly #room: ImageRoom;
  #transfers: Promise<LayerTransfers> | undefined;

  constructor(room: ImageRoom) {
    this.#room = room;
  }

  async pull(text: string, options: PullOptions, progress: Progress): Promise<Digest> {
    const reference = parseReference(text);
    const { pullImages } = await import("./pull/pull-images.ts");
    this.#transfers ??= makeTransfers(this.#room);
    const parts = {
      room: this.#room,
      registry: await this.#room.remote.registry(),
      transfers: await this.#transfers,
    };
    return await pullImages(parts, reference, options, progress);
  }
}

/** One for all pulls: they share what they fetch. */
async function makeTransfers({ layers, remote }: ImageRoom): Promise<LayerTransfers> {
  const { LayerTransfers } = await import("./pull/layer-transfers.ts");
  return new LayerTransfers({ layers, partials: remote.partials, atOnce: () => remote.atOnce().downloads });
}
