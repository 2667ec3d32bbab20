import { createHash } from "node:crypto";
import { EngineError, messageOf } from "../base/errors.ts";
import { type Digest, isDigest } from "../spec/digest.ts";
import type { Descriptor } from "../spec/oci-image.ts";
import { noCredentials } from "./authorizer.ts";
import { acceptedManifests, isIndexType, isManifestType, isSchema1Type, mediaTypes } from "./media-types.ts";
import { readBytes } from "./registry-error.ts";
import type { Session } from "./session.ts";

export interface RemoteManifest {
  digest: Digest;
  mediaType: string;
  /** As the registry has them: what hashes to `digest`. */
  bytes: Buffer;
}

/** As distribution and containerd bound them. */
const longestManifest = 4 << 20;

/** The manifest or index that a tag or digest names, checked against its digest. */
export async function getManifest(
  session: Session,
  reference: string,
  scopes: readonly string[],
  signal?: AbortSignal,
): Promise<RemoteManifest> {
  const response = await ask(session, "GET", reference, scopes, signal);
  const bytes = await readBytes(response, longestManifest);
  const digest = checkedDigest(bytes, reference, response.headers.get("docker-content-digest"));
  return { digest, mediaType: mediaTypeOf(bytes, response), bytes };
}

/** What a tag or digest names, without fetching it; undefined where the registry does not say enough. */
export async function headManifest(
  session: Session,
  reference: string,
  scopes: readonly string[],
  signal?: AbortSignal,
): Promise<Descriptor | undefined> {
  const response = await ask(session, "HEAD", reference, scopes, signal);
  const digest = response.headers.get("docker-content-digest") ?? "";
  const size = Number(response.headers.get("content-length") ?? Number.NaN);
  if (!isDigest(digest) || !Number.isSafeInteger(size)) return undefined;
  return { mediaType: contentType(response), digest, size };
}

async function ask(
  session: Session,
  method: "GET" | "HEAD",
  reference: string,
  scopes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Response> {
  const target = `${session.endpoint.repository}/manifests/${reference}`;
  try {
    return await session.send({ method, target, headers: { Accept: acceptedManifests }, scopes, signal });
  } catch (error) {
    if (messageOf(error) !== noCredentials) throw error;
    const { base } = await session.root(signal);
    // dockerd asks by HEAD first, and names it.
    const question = `Head "${new URL(`v2/${target}`, base).href}"`;
    throw new EngineError("internal", `${question}: ${noCredentials}`, error);
  }
}

/** Stores a manifest under a tag or its digest; answers the digest it has there. */
export async function putManifest(
  session: Session,
  reference: string,
  manifest: { mediaType: string; bytes: Buffer },
  scopes: readonly string[],
  signal?: AbortSignal,
): Promise<Digest> {
  const response = await session.send({
    method: "PUT",
    target: `${session.endpoint.repository}/manifests/${reference}`,
    headers: { "Content-Type": manifest.mediaType },
    body: () => manifest.bytes,
    scopes,
    signal,
  });
  await response.body?.cancel();
  const digest = sha256(manifest.bytes);
  const stored = response.headers.get("docker-content-digest");
  if (stored !== null && stored.startsWith("sha256:") && stored !== digest)
    throw new EngineError("internal", `the registry stored ${stored} instead of ${digest}`);
  return digest;
}

/** The registry's own word counts for a tag; for a digest nothing but the digest asked for. */
function checkedDigest(bytes: Buffer, reference: string, stated: string | null): Digest {
  const wanted = isDigest(reference) ? reference : stated !== null && isDigest(stated) ? stated : undefined;
  const algorithm = wanted?.startsWith("sha512:") === true ? "sha512" : "sha256";
  const digest = `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}` as Digest;
  if (wanted !== undefined && wanted !== digest)
    throw new EngineError("invalid", `manifest verification failed for digest ${wanted}`);
  return digest;
}

function mediaTypeOf(bytes: Buffer, response: Response): string {
  const stated = contentType(response);
  if (isIndexType(stated) || isManifestType(stated) || isSchema1Type(stated)) return stated;
  return typeByContent(bytes) ?? stated;
}

function contentType(response: Response): string {
  return (response.headers.get("content-type") ?? "").split(";", 1)[0]?.trim() ?? "";
}

/** Registries that serve plain files say `application/json` or less. */
function typeByContent(bytes: Buffer): string | undefined {
  let document: Record<string, unknown>;
  try {
    document = (JSON.parse(bytes.toString()) ?? {}) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (typeof document["mediaType"] === "string") return document["mediaType"];
  if (document["schemaVersion"] === 1) return "application/vnd.docker.distribution.manifest.v1+json";
  if (Array.isArray(document["manifests"])) return mediaTypes.ociIndex;
  return document["config"] === undefined ? undefined : mediaTypes.ociManifest;
}

function sha256(bytes: Buffer): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
}
