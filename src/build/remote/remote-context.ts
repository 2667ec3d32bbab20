import { Readable } from "node:stream";
import { EngineError, messageOf } from "../../base/errors.ts";
import { viaProxy } from "../../registry/outgoing-proxies.ts";
import { compressionOf } from "../../store/archive/decompress.ts";
import { tarEnd } from "../../store/archive/tar-writer.ts";
import type { ContextLease } from "../context/build-context.ts";
import type { ContextStore } from "../context/context-store.ts";
import { parseGitReference } from "./git-reference.ts";
import { gitTree, type GitTreeOptions } from "./git-tree.ts";

/** A context that the engine fetched, and the Dockerfile if it was nothing but that. */
export interface RemoteContext {
  lease: ContextLease;
  dockerfile?: string;
}

const tarMagicAt = 257;
const headBytes = 512;
/** No Dockerfile that anybody wrote is longer. */
const longestDockerfile = 16 << 20;

/** Fetches `remote=`: a git repository, a tar, or a Dockerfile alone. Throws `invalid` with what went wrong. */
export async function fetchRemote(
  contexts: ContextStore,
  url: string,
  options: GitTreeOptions,
): Promise<RemoteContext> {
  const { signal } = options;
  const repository = parseGitReference(url);
  if (repository !== undefined)
    return { lease: await contexts.fromTar(gitTree(repository, options), signal) };
  if (!/^https?:\/\//.test(url))
    throw new EngineError("internal", `remoteURL (${url}) could not be recognized as URL`);
  const { head, whole } = await peek(await download(url, signal));
  if (isArchive(head)) return { lease: await contexts.fromTar(whole, signal) };
  return {
    dockerfile: await textOf(whole),
    lease: await contexts.fromTar(Readable.from([tarEnd()]), signal),
  };
}

async function download(url: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  let response: Response;
  try {
    // As it is: what is compressed is unpacked by what reads the tar.
    response = await fetch(url, { signal, decompress: false, ...viaProxy(url) } as RequestInit);
  } catch (error) {
    signal.throwIfAborted();
    throw new EngineError("invalid", `failed to fetch ${url}: ${messageOf(error)}`, error);
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new EngineError("invalid", `failed to fetch ${url}: invalid response status ${response.status}`);
  }
  return response.body as AsyncIterable<Uint8Array>;
}

async function peek(
  source: AsyncIterable<Uint8Array>,
): Promise<{ head: Buffer; whole: AsyncIterable<Uint8Array> }> {
  const input = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < headBytes) {
    const next = await input.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield head;
      for (let next = await input.next(); next.done !== true; next = await input.next()) yield next.value;
    } finally {
      await input.return?.();
    }
  }
  return { head, whole: whole() };
}

function isArchive(head: Buffer): boolean {
  return (
    compressionOf(head) !== "none" || head.subarray(tarMagicAt, tarMagicAt + 5).toString("latin1") === "ustar"
  );
}

async function textOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of source) {
    sizeBytes += chunk.length;
    if (sizeBytes > longestDockerfile)
      throw new EngineError("invalid", "what was fetched is neither a tar nor a Dockerfile");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
