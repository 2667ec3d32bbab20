import { randomUUID } from "node:crypto";
import type { Digest } from "../../spec/digest.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import { formatPlatform } from "../../spec/platform.ts";
import { type Origin, provenance } from "./provenance.ts";

/** What was delivered, by the digests that it has there. */
export interface Delivery {
  /** The image's configuration, of a single image. */
  configDigest?: Digest;
  /** Its manifest or index; absent where the image is in the engine's store alone. */
  descriptor?: Descriptor;
}

/** What `--metadata-file` gets, as buildx writes it with BUILDX_METADATA_PROVENANCE=min. */
export function buildMetadata(
  origins: readonly Origin[],
  { configDigest, descriptor }: Delivery,
): Record<string, unknown> {
  const digest = descriptor?.digest ?? configDigest;
  return {
    ...provenances(origins),
    "buildx.build.ref": `default/default/${randomUUID().replaceAll("-", "").slice(0, 25)}`,
    ...(configDigest !== undefined && { "containerimage.config.digest": configDigest }),
    ...(descriptor !== undefined && { "containerimage.descriptor": descriptor }),
    ...(digest !== undefined && { "containerimage.digest": digest }),
  };
}

/** With the platform's name where there are several. */
function provenances(origins: readonly Origin[]): Record<string, object> {
  const [only] = origins;
  if (origins.length === 1 && only !== undefined) return { "buildx.build.provenance": provenance(only) };
  return Object.fromEntries(
    origins.map((origin) => [
      `buildx.build.provenance/${formatPlatform(origin.platform)}`,
      provenance(origin),
    ]),
  );
}
