import { EngineError } from "../base/errors.ts";
import type { Platform } from "../spec/oci-image.ts";
import { formatPlatform, platformMatches } from "../spec/platform.ts";
import { familiarString, parseReference, withDefaultTag } from "../spec/reference.ts";
import { fullId } from "./find-image.ts";

/** Throws not-found, in dockerd's words, when the image that was found is for another platform than the wanted. */
export function checkPlatform(reference: string, own: Platform, wanted: Platform | undefined): void {
  if (wanted === undefined || platformMatches(own, wanted)) return;
  throw platformMismatch(
    fullId(reference) ?? familiarString(withDefaultTag(parseReference(reference))),
    own,
    wanted,
  );
}

export function platformMismatch(name: string, own: Platform, wanted: Platform): EngineError {
  return new EngineError(
    "not-found",
    `image with reference ${name} was found but its platform (${formatPlatform(own)}) does not match the specified platform (${formatPlatform(wanted)})`,
  );
}
