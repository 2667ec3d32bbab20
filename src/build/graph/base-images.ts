import { EngineError } from "../../base/errors.ts";
import type { Image, Progress } from "../../images/image-service.ts";
import type { LocalImageService } from "../../images/local-image-service.ts";
import type { Platform } from "../../spec/oci-image.ts";
import { platformMatches } from "../../spec/platform.ts";
import { parseReference, referenceString, withDefaultTag } from "../../spec/reference.ts";
import type { BuildRequest } from "../build-request.ts";

/** An image that a stage stands on. */
export type BaseImage = Image & { name: string };

export interface ResolveOptions {
  images: LocalImageService;
  request: Pick<BuildRequest, "pull" | "credentials">;
  signal: AbortSignal;
  /** A pull's own messages. */
  progress: Progress;
}

/** The image by its name: the local one, else, or if the build asks for newer ones, the registry's. */
export async function resolveBaseImage(
  { images, request, signal, progress }: ResolveOptions,
  reference: string,
  platform: Platform | undefined,
): Promise<BaseImage> {
  const local = request.pull && !isId(reference) ? undefined : localImage(images, reference, platform);
  if (local !== undefined) return { ...local, name: imageName(reference) };
  const parsed = withDefaultTag(parseReference(reference));
  const credentials = request.credentials?.(parsed.domain);
  const id = await images.pull(
    referenceString(parsed),
    { signal, ...(platform && { platform }), ...(credentials && { credentials }) },
    progress,
  );
  return { ...images.get(id), name: imageName(reference) };
}

function localImage(
  images: LocalImageService,
  reference: string,
  platform: Platform | undefined,
): Image | undefined {
  try {
    const image = images.use(reference);
    return platform === undefined || platformMatches(image.config, platform) ? image : undefined;
  } catch (error) {
    if (error instanceof EngineError && error.kind === "not-found") return undefined;
    throw error;
  }
}

function isId(reference: string): boolean {
  return /^sha256:[0-9a-f]{64}$|^[0-9a-f]{12,64}$/.test(reference);
}

/** A reference in full, for messages. */
export function imageName(reference: string): string {
  try {
    return isId(reference) ? reference : referenceString(withDefaultTag(parseReference(reference)));
  } catch {
    return reference;
  }
}
