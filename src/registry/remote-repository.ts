import type { Digest } from "../spec/digest.ts";
import type { Descriptor } from "../spec/oci-image.ts";
import { type BlobRequest, hasBlob, readBlob } from "./blobs.ts";
import { listReferrers, listTags } from "./listings.ts";
import { getManifest, headManifest, putManifest, type RemoteManifest } from "./manifests.ts";
import type { RetryPolicy } from "./retry.ts";
import type { Session } from "./session.ts";
import { mountBlob, type UploadSource, uploadStream, uploadWhole } from "./uploads.ts";

/** A repository of a registry, to read from. Its mirrors are asked first, in their order. */
export interface RemoteRepository {
  manifest(reference: string, signal?: AbortSignal): Promise<RemoteManifest>;
  /** Undefined where the registry does not say; throws where there is none. */
  head(reference: string, signal?: AbortSignal): Promise<Descriptor | undefined>;
  /** The blob's bytes; see `readBlob`. */
  blob(request: BlobRequest): AsyncIterable<Uint8Array>;
  tags(signal?: AbortSignal): Promise<string[]>;
  referrers(digest: Digest, signal?: AbortSignal): Promise<Descriptor[]>;
}

/** Where blobs can be fetched. */
export type BlobReader = Pick<RemoteRepository, "blob">;

/** A repository of a registry, to write to. */
export interface WritableRepository {
  has(digest: Digest, signal?: AbortSignal): Promise<boolean>;
  /** False where the registry cannot or will not. `from` is a repository of the same registry. */
  mount(digest: Digest, from: string, signal?: AbortSignal): Promise<boolean>;
  uploadWhole(content: Uint8Array, digest: Digest, signal?: AbortSignal): Promise<void>;
  uploadStream(
    source: UploadSource,
    options: { signal?: AbortSignal | undefined; onBytes?: (sentBytes: number) => void },
  ): Promise<Digest>;
  putManifest(
    reference: string,
    manifest: { mediaType: string; bytes: Buffer },
    signal?: AbortSignal,
  ): Promise<Digest>;
}

/** What happened on the way: a mirror answered, or did not. */
export type MirrorNote = (note: { mirror: string; failure?: unknown }) => void;

/** `sessions` in the order in which they are asked; the last one is the registry's own. */
export function remoteRepository(
  sessions: readonly Session[],
  policy: RetryPolicy,
  note: MirrorNote,
): RemoteRepository {
  /** The one that answered last, and those after it: what it has said is continued there. */
  let left = sessions;
  let hasAnswered = false;

  async function firstAnswer<T>(
    signal: AbortSignal | undefined,
    ask: (session: Session) => Promise<T>,
  ): Promise<T> {
    for (const [index, session] of left.entries()) {
      try {
        const answer = await ask(session);
        if (!hasAnswered || index > 0) noteAnswer(session, note);
        [left, hasAnswered] = [left.slice(index), true];
        return answer;
      } catch (error) {
        if (index === left.length - 1 || signal?.aborted === true) throw error;
        if (session.endpoint.mirror) note({ mirror: nameOf(session), failure: error });
      }
    }
    throw new Error("a repository has at least one endpoint");
  }

  return {
    manifest: (reference, signal) =>
      firstAnswer(signal, (session) => getManifest(session, reference, readScopes(session), signal)),
    head: (reference, signal) =>
      firstAnswer(signal, (session) => headManifest(session, reference, readScopes(session), signal)),
    tags: (signal) => firstAnswer(signal, (session) => listTags(session, readScopes(session), signal)),
    referrers: (digest, signal) =>
      firstAnswer(signal, (session) => listReferrers(session, digest, readScopes(session), signal)),
    async *blob(request) {
      let offset = request.offset;
      const tries = left;
      for (const session of tries) {
        try {
          for await (const chunk of readBlob(session, { ...request, offset }, readScopes(session), policy)) {
            offset += chunk.length;
            yield chunk;
          }
          return;
        } catch (error) {
          if (session === tries.at(-1) || request.signal?.aborted === true) throw error;
          if (session.endpoint.mirror) note({ mirror: nameOf(session), failure: error });
        }
      }
    },
  };
}

function noteAnswer(session: Session, note: MirrorNote): void {
  if (session.endpoint.mirror) note({ mirror: nameOf(session) });
}

function nameOf({ endpoint }: Session): string {
  return endpoint.bases[0]?.href.replace(/\/$/, "") ?? "";
}

function readScopes({ endpoint }: Session): string[] {
  return [`repository:${endpoint.repository}:pull`];
}

/** `session` speaks to the registry itself: nothing is written to mirrors. */
export function writableRepository(session: Session, policy: RetryPolicy): WritableRepository {
  const scopes = [`repository:${session.endpoint.repository}:pull,push`];
  return {
    has: (digest, signal) => hasBlob(session, digest, scopes, signal),
    mount: (digest, from, signal) =>
      mountBlob(session, digest, from, [...scopes, `repository:${from}:pull`], signal),
    uploadWhole: (content, digest, signal) =>
      uploadWhole(session, content, digest, { scopes, policy, signal }),
    uploadStream: (source, options) => uploadStream(session, source, { scopes, policy, ...options }),
    putManifest: (reference, manifest, signal) => putManifest(session, reference, manifest, scopes, signal),
  };
}
