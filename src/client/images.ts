import type { ImageDiff } from "../spec/api/image-diff.ts";
import type { CreateImageInfo, ImageSummary } from "../spec/api/image.ts";
import { fullName, parseReference, withDefaultTag } from "../spec/reference.ts";
import type { Client, Query } from "./client.ts";

export function listImages(client: Client, query: Query = {}): Promise<ImageSummary[]> {
  return client.request("GET", "/images/json", { query });
}

/** Progress as it comes; a failure is a message with `error`, or an ApiError when nothing began. */
export function pullImage(
  client: Client,
  image: string,
  options: { platform?: string | undefined; registryAuth?: string } = {},
): AsyncIterable<CreateImageInfo> {
  const { platform, registryAuth = nobody } = options;
  const reference = withDefaultTag(parseReference(image));
  const query: Query = {
    fromImage: fullName(reference),
    tag: reference.digest ?? reference.tag,
    platform: platform || undefined,
  };
  return client.lines("POST", "/images/create", { query, headers: { "X-Registry-Auth": registryAuth } });
}

/** X-Registry-Auth without credentials: an empty object in base64. */
const nobody = "e30=";

/** An endpoint of this engine's own. */
export function diffImages(
  client: Client,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<ImageDiff> {
  return client.request("GET", `/images/${encodeURIComponent(from)}/diff`, {
    query: { with: to },
    ...(signal && { signal }),
  });
}
