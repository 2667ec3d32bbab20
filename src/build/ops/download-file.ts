import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join, posix } from "node:path";
import type { Cleanup } from "../../base/cleanup.ts";
import { EngineError, messageOf } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { viaProxy } from "../../registry/outgoing-proxies.ts";
import type { BuildParts } from "./build-parts.ts";
import type { SentEntry } from "./files/sent-tree.ts";

export interface DownloadRequest {
  url: string;
  /** `sha256:…`: anything else is refused. */
  checksum: string | undefined;
  signal: AbortSignal;
  /** Takes the file away. */
  cleanup: Cleanup;
}

/** Fetches the file of an ADD. It is named as its URL says, is root's alone, and has the time its server tells. */
export async function downloadFile(parts: BuildParts, request: DownloadRequest): Promise<SentEntry> {
  const { url, checksum, cleanup } = request;
  const response = await fetchUrl(request);
  const content = join(parts.directory, `download-${newId()}`);
  cleanup.add("a downloaded file", () => rmSync(content, { force: true }));
  const sum = await store(response, content, request);
  if (checksum !== undefined && checksum !== `sha256:${sum}`)
    throw new EngineError("invalid", `digest mismatch sha256:${sum}: ${checksum}`);
  const changedMs = Date.parse(response.headers.get("last-modified") ?? "");
  const seconds = Number.isFinite(changedMs) ? Math.floor(changedMs / 1000) : 0;
  return {
    path: nameOf(url, response),
    kind: "file",
    mode: 0o600,
    modified: { seconds, nanoseconds: 0 },
    sum,
    content,
  };
}

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

async function store(response: Response, path: string, { signal }: DownloadRequest): Promise<string> {
  const hash = createHash("sha256");
  const file: FileHandle = await open(path, "wx", 0o600);
  try {
    for await (const chunk of response.body ?? []) {
      signal.throwIfAborted();
      hash.update(chunk);
      await file.write(chunk);
    }
  } finally {
    await file.close();
  }
  return hash.digest("hex");
}

/** What the server calls it, else the last part of the URL's path. */
function nameOf(url: string, response: Response): string {
  const given = /filename="?([^";]+)/.exec(response.headers.get("content-disposition") ?? "")?.[1];
  const name = posix.basename(given ?? decodeURIComponent(new URL(url).pathname));
  if (name === "" || name === "." || name === "..") return "download";
  return name;
}
