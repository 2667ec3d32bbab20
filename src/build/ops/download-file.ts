import { posix } from "node:path";
import { EngineError, messageOf } from "../../base/errors.ts";
import { viaProxy } from "../../registry/outgoing-proxies.ts";
import type { ContextFile, ContextLease } from "../context/build-context.ts";
import type { BuildParts } from "./build-parts.ts";
import type { Download } from "./download-records.ts";

export interface DownloadRequest {
  url: string;
  /** `sha256:…`: anything else is refused. */
  checksum: string | undefined;
  signal: AbortSignal;
}

/**
 * The file of an ADD, named as its URL says, root's alone, of the time its server tells. What is here by its checksum is not asked for,
 * and what has not changed since it was last fetched does not travel again.
 */
export async function downloadFile(parts: BuildParts, request: DownloadRequest): Promise<ContextLease> {
  const { url, checksum } = request;
  const before = parts.downloads.byUrl(url);
  const here = known(parts, request, before);
  if (here !== undefined) return here;
  const lease = before && parts.contexts.fromKnown(fileOf(before));
  const response = await fetchUrl(request, lease && before).catch(async (error: unknown) => {
    await lease?.[Symbol.asyncDispose]();
    throw error;
  });
  if (lease === undefined || before === undefined || response.status !== 304) {
    await lease?.[Symbol.asyncDispose]();
    return await take(parts, response, request);
  }
  parts.downloads.put(before);
  return await checked(lease, before.sha256, checksum);
}

/** The content that the checksum asks for, wherever it was fetched from. */
function known(
  { downloads, contexts }: BuildParts,
  { url, checksum }: DownloadRequest,
  before: Download | undefined,
): ContextLease | undefined {
  const sha256 = checksum?.slice("sha256:".length);
  if (sha256 === undefined) return undefined;
  const download = before?.sha256 === sha256 ? before : downloads.bySum(sha256);
  if (download === undefined) return undefined;
  const named = download === before ? download : { ...download, name: nameOf(url) };
  return contexts.fromKnown(fileOf(named));
}

async function take(
  parts: BuildParts,
  response: Response,
  { url, checksum, signal }: DownloadRequest,
): Promise<ContextLease> {
  const { headers } = response;
  const lastModified = headers.get("last-modified") ?? undefined;
  const changedMs = Date.parse(lastModified ?? "");
  const modifiedSeconds = Number.isFinite(changedMs) ? Math.floor(changedMs / 1000) : 0;
  const name = nameOf(url, headers.get("content-disposition"));
  const { path, mode, mtimeNs } = fileOf({ name, modifiedSeconds, sha256: "", sizeBytes: 0 });
  const lease = await parts.contexts.fromFile({ path, mode, mtimeNs }, response.body ?? nothing(), signal);
  const [entry] = lease.context.entries.values();
  if (entry?.kind !== "file") throw new Error(`no file came of ${url}`);
  const { sha256, sizeBytes } = entry;
  const etag = headers.get("etag") ?? undefined;
  parts.downloads.put({ url, sha256, sizeBytes, name, modifiedSeconds, etag, lastModified });
  return await checked(lease, sha256, checksum);
}

async function checked(
  lease: ContextLease,
  sha256: string,
  checksum: string | undefined,
): Promise<ContextLease> {
  if (checksum === undefined || checksum === `sha256:${sha256}`) return lease;
  await lease[Symbol.asyncDispose]();
  throw new EngineError("invalid", `digest mismatch sha256:${sha256}: ${checksum}`);
}

function fileOf({
  name,
  modifiedSeconds,
  sha256,
  sizeBytes,
}: Pick<Download, "name" | "modifiedSeconds" | "sha256" | "sizeBytes">): ContextFile {
  const mtimeNs = BigInt(modifiedSeconds) * 1_000_000_000n;
  return { kind: "file", path: name, mode: 0o600, mtimeNs, sha256, sizeBytes };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function fetchUrl({ url, signal }: DownloadRequest, before: Download | undefined): Promise<Response> {
  const headers = new Headers();
  if (before?.etag !== undefined) headers.set("If-None-Match", before.etag);
  else if (before?.lastModified !== undefined) headers.set("If-Modified-Since", before.lastModified);
  let response: Response;
  try {
    response = await fetch(url, { signal, headers, decompress: false, ...viaProxy(url) } as RequestInit);
  } catch (error) {
    signal.throwIfAborted();
    throw new EngineError("unavailable", `failed to load ${url}: ${messageOf(error)}`, error);
  }
  if (response.ok || (response.status === 304 && before !== undefined)) return response;
  await response.body?.cancel();
  throw new EngineError("invalid", `failed to load ${url}: invalid response status ${response.status}`);
}

/** What the server calls it, else the last part of the URL's path. */
function nameOf(url: string, disposition: string | null = null): string {
  const given = /filename="?([^";]+)/.exec(disposition ?? "")?.[1];
  const name = posix.basename(given ?? decodeURIComponent(new URL(url).pathname));
  if (name === "" || name === "." || name === "..") return "download";
  return name;
}
