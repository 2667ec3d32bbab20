import { posix } from "node:path";
import { EngineError, messageOf } from "../../base/errors.ts";
import { viaProxy } from "../../registry/outgoing-proxies.ts";
import type { ContextLease } from "../context/build-context.ts";
import type { BuildParts } from "./build-parts.ts";

export interface DownloadRequest {
  url: string;
  /** `sha256:…`: anything else is refused. */
  checksum: string | undefined;
  signal: AbortSignal;
}

/** Fetches the file of an ADD. It is named as its URL says, is root's alone, and has the time its server tells. */
export async function downloadFile(parts: BuildParts, request: DownloadRequest): Promise<ContextLease> {
  const { url, checksum, signal } = request;
  const response = await fetchUrl(request);
  const changedMs = Date.parse(response.headers.get("last-modified") ?? "");
  const seconds = Number.isFinite(changedMs) ? Math.floor(changedMs / 1000) : 0;
  const file = { path: nameOf(url, response), mode: 0o600, mtimeNs: BigInt(seconds) * 1_000_000_000n };
  const lease = await parts.contexts.fromFile(file, response.body ?? nothing(), signal);
  const [entry] = lease.context.entries.values();
  const sum = entry?.kind === "file" ? `sha256:${entry.sha256}` : "";
  if (checksum === undefined || checksum === sum) return lease;
  await lease[Symbol.asyncDispose]();
  throw new EngineError("invalid", `digest mismatch ${sum}: ${checksum}`);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function fetchUrl({ url, signal }: DownloadRequest): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal, decompress: false, ...viaProxy(url) } as RequestInit);
  } catch (error) {
    signal.throwIfAborted();
    throw new EngineError("unavailable", `failed to load ${url}: ${messageOf(error)}`, error);
  }
  if (response.ok) return response;
  await response.body?.cancel();
  throw new EngineError("invalid", `failed to load ${url}: invalid response status ${response.status}`);
}

/** What the server calls it, else the last part of the URL's path. */
function nameOf(url: string, response: Response): string {
  const given = /filename="?([^";]+)/.exec(response.headers.get("content-disposition") ?? "")?.[1];
  const name = posix.basename(given ?? decodeURIComponent(new URL(url).pathname));
  if (name === "" || name === "." || name === "..") return "download";
  return name;
}
