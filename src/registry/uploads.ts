import { EngineError } from "../base/errors.ts";
import type { Digest } from "../spec/digest.ts";
import { RegistryError } from "./registry-error.ts";
import { delayBefore, type RetryPolicy } from "./retry.ts";
import type { Session } from "./session.ts";
import { setTimeout as sleep } from "node:timers/promises";

/** What is uploaded; it can be read again from any place, for an upload that broke. */
export interface UploadSource {
  /** The bytes from `offset` on. */
  read(offset: number): AsyncIterable<Uint8Array>;
  /** Asked when everything has been read: the digest of all bytes. */
  digest(): Digest;
}

export interface UploadOptions {
  scopes: readonly string[];
  policy: RetryPolicy;
  signal?: AbortSignal | undefined;
  onBytes?: ((sentBytes: number) => void) | undefined;
}

/** A small blob in one request after the upload is begun. */
export async function uploadWhole(
  session: Session,
  content: Uint8Array,
  digest: Digest,
  { scopes, signal }: UploadOptions,
): Promise<void> {
  const location = await begin(session, scopes, signal);
  location.searchParams.set("digest", digest);
  const headers = { "Content-Type": "application/octet-stream" };
  const response = await session.send({
    method: "PUT",
    target: location,
    headers,
    body: () => content,
    scopes,
    signal,
  });
  await response.body?.cancel();
}

/** A large blob as one stream; where it breaks, the registry is asked how much it has and gets the rest. */
export async function uploadStream(
  session: Session,
  source: UploadSource,
  options: UploadOptions,
): Promise<Digest> {
  const { scopes, policy, signal } = options;
  let location = await begin(session, scopes, signal);
  for (let [failures, offset] = [0, 0]; ; ) {
    try {
      location = await patch(session, location, source, offset, options);
      break;
    } catch (error) {
      failures += 1;
      const delayMs = signal?.aborted === true ? undefined : delayBefore(error, failures, policy);
      if (delayMs === undefined) throw error;
      await sleep(delayMs, undefined, signal && { signal });
      ({ location, offset } = await stateOf(session, location, options));
    }
  }
  return await complete(session, location, source.digest(), options);
}

/** A registry that knows no mounting, or shows the other repository to others only. */
const refusals = [400, 401, 403, 404, 405];

/** Makes a blob of another repository of the same registry part of this one; false where it must be uploaded. */
export async function mountBlob(
  session: Session,
  digest: Digest,
  from: string,
  scopes: readonly string[],
  signal?: AbortSignal,
): Promise<boolean> {
  const query = new URLSearchParams({ mount: digest, from });
  const response = await session.send({
    method: "POST",
    target: `${session.endpoint.repository}/blobs/uploads/?${query.toString()}`,
    // Without it some servers wait for a body.
    headers: { "Content-Length": "0" },
    scopes,
    accept: refusals,
    signal,
  });
  await response.body?.cancel();
  if (response.status === 201) return true;
  // An upload has been begun instead; it is not needed.
  if (response.ok) await cancel(session, locationOf(response), scopes, signal);
  return false;
}

async function begin(session: Session, scopes: readonly string[], signal?: AbortSignal): Promise<URL> {
  const target = `${session.endpoint.repository}/blobs/uploads/`;
  const headers = { "Content-Length": "0" };
  const response = await session.send({ method: "POST", target, headers, scopes, signal });
  await response.body?.cancel();
  return locationOf(response);
}

function locationOf(response: Response): URL {
  const location = response.headers.get("location");
  if (location === null) throw new EngineError("internal", "the registry does not say where to upload to");
  return new URL(location, response.url);
}

async function patch(
  session: Session,
  location: URL,
  source: UploadSource,
  offset: number,
  { scopes, signal, onBytes }: UploadOptions,
): Promise<URL> {
  const response = await session.send({
    method: "PATCH",
    target: location,
    headers: {
      "Content-Type": "application/octet-stream",
      ...(offset > 0 && { "Content-Range": `${offset}-` }),
    },
    body: () => bodyFrom(source, offset, onBytes),
    scopes,
    signal,
    once: true,
  });
  await response.body?.cancel();
  return locationOf(response);
}

/** A web stream, which waits for the connection: a Node stream would be read into memory whole. */
function bodyFrom(
  source: UploadSource,
  offset: number,
  onBytes: ((sentBytes: number) => void) | undefined,
): ReadableStream<Uint8Array> {
  const chunks = source.read(offset)[Symbol.asyncIterator]();
  let sent = offset;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await chunks.next();
      if (done === true) return controller.close();
      sent += value.length;
      onBytes?.(sent);
      controller.enqueue(value);
    },
    async cancel() {
      await chunks.return?.();
    },
  });
}

/** How much of an upload has arrived (distribution spec, "Pushing a blob in chunks"); what is lost begins anew. */
async function stateOf(
  session: Session,
  location: URL,
  { scopes, signal }: UploadOptions,
): Promise<{ location: URL; offset: number }> {
  try {
    const response = await session.send({ method: "GET", target: location, scopes, signal });
    await response.body?.cancel();
    const end = /^(?:bytes=)?0-(\d+)$/.exec(response.headers.get("range") ?? "")?.[1];
    // An upload of which nothing has come says `0-0`, too: one byte is sent again rather than one left out.
    const offset = end === undefined || end === "0" ? 0 : Number(end) + 1;
    if (offset === 0) return { location: await begin(session, scopes, signal), offset };
    return { location: locationOf(response), offset };
  } catch (error) {
    if (!(error instanceof RegistryError) || error.status !== 404) throw error;
    return { location: await begin(session, scopes, signal), offset: 0 };
  }
}

async function complete(
  session: Session,
  location: URL,
  digest: Digest,
  { scopes, signal }: UploadOptions,
): Promise<Digest> {
  const target = new URL(location);
  target.searchParams.set("digest", digest);
  const headers = { "Content-Length": "0" };
  const response = await session.send({ method: "PUT", target, headers, scopes, signal });
  await response.body?.cancel();
  return digest;
}

async function cancel(
  session: Session,
  location: URL,
  scopes: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const accept = [400, 404, 405];
  const response = await session.send({ method: "DELETE", target: location, scopes, accept, signal });
  await response.body?.cancel();
}
