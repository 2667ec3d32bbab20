import type { ImageConfigFile, Platform } from "../../spec/oci-image.ts";
import type { Snapshot } from "../ops/build-parts.ts";

/** What was built for one platform. */
export interface BuiltImage {
  platform: Platform;
  fileSystem: Snapshot;
  config: ImageConfigFile;
  /** Where it came from, where that is to be attested. */
  attestation?: Attestation;
}

/** A statement about an image. */
export interface Attestation {
  predicateType: string;
  predicate: object;
}
