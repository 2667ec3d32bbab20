import { EngineError } from "../base/errors.ts";
import type { Digest } from "../spec/digest.ts";
import { RegistryError } from "./registry-error.ts";
import { delayBefore, type RetryPolicy } from "./retry.ts";
import type { Session } from "./session.ts";
import { brokenOff, watchedBody } from "./watched-body.ts";
import { setTimeout as sleep } from "node:timers/promises";

export interface BlobRequest {
  digest: Digest;
  /** As the manifest has it: more is refused, less is asked for again. */
  sizeBytes: number;
  /** What is here already. */
  offset: number;
  /** Other places where a foreign layer may be fetched from. */
  urls?: readonly string[];
  signal?: AbortSignal | undefined;
  /** A connection broke or the registry was busy: it goes on after this time. */
  onRetry?: ((delayMs: number) => void) | undefined;
}

/**
 * The bytes of a blob from `offset` on. A broken connection is taken up where it broke, by range. The bytes are not
 * checked: whoever takes them hashes them. Throws `invalid` for more than `sizeBytes`.
 */
export async function* readBlob(
  session: Session,
  request: BlobRequest,
  scopes: readonly string[],
  policy: RetryPolicy,
): AsyncGenerator<Uint8Array> {
  let at = request.offset;
  for (let failures = 0; at < request.sizeBytes; ) {
    try {
      for await (const chunk of rest(session, request, at, scopes)) {
        at += chunk.length;
        if (at > request.sizeBytes) throw tooLong(request);
        failures = 0;
        yield chunk;
      }
      if (at < request.sizeBytes) throw brokenOff();
    } catch (error) {
      failures += 1;
      const delayMs = request.signal?.aborted === true ? undefined : delayBefore(error, failures, policy);
      if (delayMs === undefined) throw error;
      request.onRetry?.(delayMs);
      await sleep(delayMs, undefined, request.signal && { signal: request.signal });
    }
  }
}

async function* rest(
  session: Session,
  request: BlobRequest,
  offset: number,
  scopes: readonly string[],
): AsyncGenerator<Uint8Array> {
  const response = await open(session, request, offset, scopes);
  let skip = offset - startOf(response);
  for await (const chunk of watchedBody(response)) {
    const wanted = skip > 0 ? chunk.subarray(Math.min(skip, chunk.length)) : chunk;
    skip -= chunk.length - wanted.length;
    if (wanted.length > 0) yield wanted;
  }
}

async function open(
  session: Session,
  { digest, urls = [], signal }: BlobRequest,
  offset: number,
  scopes: readonly string[],
): Promise<Response> {
  const headers: Record<string, string> = offset > 0 ? { Range: `bytes=${offset}-` } : {};
  const call = { method: "GET", headers, signal, once: true };
  try {
    return await session.send({ ...call, target: `${session.endpoint.repository}/blobs/${digest}`, scopes });
  } catch (error) {
    // There is no such range: what was broken off is all that the registry has.
    if (error instanceof RegistryError && error.status === 416 && offset > 0) throw tooShort(digest, offset);
    const [elsewhere] = urls;
    if (elsewhere === undefined || !(error instanceof RegistryError) || error.status !== 404) throw error;
    return await session.foreign(new URL(elsewhere), headers, signal);
  }
}

/** Where the body begins: a server that knows no ranges sends all of it. */
function startOf(response: Response): number {
  if (response.status !== 206) return 0;
  const start = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1];
  if (start === undefined)
    throw new EngineError("internal", "the registry does not say which range it sends");
  return Number(start);
}

function tooShort(digest: Digest, offset: number): EngineError {
  return new EngineError("invalid", `unexpected EOF: the registry has only ${offset} bytes of ${digest}`);
}

function tooLong({ digest, sizeBytes }: BlobRequest): EngineError {
  return new EngineError("invalid", `the registry sends more than the ${sizeBytes} bytes of ${digest}`);
}

/** Whether the repository has a blob. */
export async function hasBlob(
  session: Session,
  digest: Digest,
  scopes: readonly string[],
  signal?: AbortSignal,
): Promise<boolean> {
  const target = `${session.endpoint.repository}/blobs/${digest}`;
  const response = await session.send({ method: "HEAD", target, scopes, accept: [404], signal });
  return response.ok;
}
