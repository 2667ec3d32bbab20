import { EngineError } from "../base/errors.ts";
import type { Digest } from "../spec/digest.ts";
import type { Descriptor, ImageIndex } from "../spec/oci-image.ts";
import { mediaTypes } from "./media-types.ts";
import { readBounded } from "./registry-error.ts";
import type { Session } from "./session.ts";

const longestPage = 8 << 20;
/** A server whose pages have no end is left at this. */
const mostPages = 1000;

/** Every tag of the repository, page by page. */
export async function listTags(
  session: Session,
  scopes: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const tags: string[] = [];
  const first = `${session.endpoint.repository}/tags/list`;
  for await (const page of pages(session, first, {}, scopes, signal)) {
    const found = (page as { tags?: unknown } | null)?.tags ?? [];
    if (!Array.isArray(found)) throw new EngineError("internal", "the registry's list of tags is none");
    tags.push(...found.filter((tag): tag is string => typeof tag === "string"));
  }
  return tags;
}

/**
 * What refers to a manifest (signatures, attestations; distribution spec v1.1, "Listing Referrers"). A registry without
 * that API keeps the list under a tag made of the digest.
 */
export async function listReferrers(
  session: Session,
  digest: Digest,
  scopes: readonly string[],
  signal?: AbortSignal,
): Promise<Descriptor[]> {
  const { repository } = session.endpoint;
  const headers = { Accept: mediaTypes.ociIndex };
  const call = { method: "GET", headers, scopes, accept: [404], signal };
  let response = await session.send({ ...call, target: `${repository}/referrers/${digest}` });
  if (response.status === 404) {
    await response.body?.cancel();
    response = await session.send({ ...call, target: `${repository}/manifests/${digest.replace(":", "-")}` });
  }
  const text = await readBounded(response, longestPage);
  if (!response.ok) return [];
  const { manifests } = JSON.parse(text) as Partial<ImageIndex>;
  return Array.isArray(manifests) ? manifests : [];
}

/** Follows `Link: <…>; rel="next"` (RFC 8288). */
async function* pages(
  session: Session,
  first: string,
  headers: Record<string, string>,
  scopes: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator {
  let target: string | URL | undefined = first;
  for (let count = 0; target !== undefined && count < mostPages; count += 1) {
    const response: Response = await session.send({ method: "GET", target, headers, scopes, signal });
    const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get("link") ?? "")?.[1];
    yield JSON.parse(await readBounded(response, longestPage));
    target = next === undefined ? undefined : new URL(next, response.url);
  }
}
