import type { Readable } from "node:stream";
import { faultPoint } from "../base/fault.ts";
import { newId } from "../base/ids.ts";
import type { Digest } from "../spec/digest.ts";
import type { ImageConfigFile, ImageRunConfig, Platform } from "../spec/oci-image.ts";
import { familiarString, type Reference } from "../spec/reference.ts";
import { hostPlatform } from "../spec/platform.ts";
import { goTime } from "./created-at.ts";
import { applyChanges } from "./changes/apply-changes.ts";
import { taggedReference } from "./find-image.ts";
import type { ImageRoom } from "./image-room.ts";

export interface ImportOptions {
  repository?: string;
  tag?: string;
  message?: string;
  changes?: string[];
  platform?: Platform;
  signal?: AbortSignal;
}

/** One layer from a tar of a root file system, and a configuration around it. */
export async function importImage(
  room: ImageRoom,
  source: Readable,
  options: ImportOptions,
): Promise<Digest> {
  const reference = taggedReference(
    options.repository ?? "",
    options.tag ?? "",
    "cannot import digest reference",
  );
  const config = applyChanges({}, options.changes ?? []);
  const lease = `lease:${newId()}`;
  const { signal } = options;
  const layer = await room.layers.apply(undefined, source, { user: lease, ...(signal && { signal }) });
  try {
    const file = configFile(room, config, layer.diffId, options);
    faultPoint("import:layer");
    // One step: a crash leaves no image that nobody has named.
    const id = room.transaction(() => {
      const added = room.add(Buffer.from(JSON.stringify(file)));
      faultPoint("import:image");
      if (reference !== undefined) tagImage(room, added, reference);
      return added;
    });
    room.publish("import", id);
    return id;
  } finally {
    await room.layers.release(layer.chainId, lease);
  }
}

function configFile(
  room: ImageRoom,
  config: ImageRunConfig,
  diffId: Digest,
  options: ImportOptions,
): ImageConfigFile {
  const { architecture, os, variant } = options.platform ?? hostPlatform();
  const created = goTime(room.now().toISOString());
  const comment = options.message || "Imported from -";
  return {
    architecture,
    comment,
    config,
    created,
    history: [{ created, comment }],
    os,
    ...(variant !== undefined && variant !== "" && { variant }),
    rootfs: { type: "layers", diff_ids: [diffId] },
  };
}

/** Gives the image a name; another image that had it loses it. */
export function tagImage(room: ImageRoom, id: Digest, reference: Reference): void {
  room.records.setReference(reference, id, room.now().getTime());
  room.publish("tag", id, familiarString(reference));
}
