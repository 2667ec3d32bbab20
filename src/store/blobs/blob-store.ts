import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  createReadStream,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { diskFull, isDiskFull } from "../../base/disk-full.ts";
import { EngineError, errnoOf } from "../../base/errors.ts";
import { type Digest, digestHex, isDigest } from "../../spec/digest.ts";
import { syncDirectory } from "../layers/layer-directories.ts";

export interface BlobInfo {
  digest: Digest;
  sizeBytes: number;
}

/** Files by the digest of their content: image configurations and manifests, and what registries send. */
export interface BlobStore {
  /** Size in bytes, or undefined where there is no such blob. */
  sizeOf(digest: Digest): number | undefined;
  /** The whole content, checked. For documents, not for layers. Throws not-found. */
  read(digest: Digest): Buffer;
  open(digest: Digest): Readable;
  /** On disk when this returns. */
  put(content: Uint8Array): Digest;
  /** Takes a stream; a different digest or size than expected is refused (`invalid`) and leaves nothing. */
  ingest(
    source: AsyncIterable<Uint8Array>,
    expected?: { digest?: Digest; sizeBytes?: number; signal?: AbortSignal },
  ): Promise<BlobInfo>;
  delete(digest: Digest): void;
  list(): Digest[];
  bytesOnDisk(): number;
  /** Removes what a crash left half written. */
  reconcile(): void;
}

/** Algorithms that a digest may have: each has a directory. */
const algorithms = ["sha256", "sha512"] as const;

export function createBlobStore(root: string): BlobStore {
  return new FileBlobStore(root);
}

class FileBlobStore implements BlobStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    for (const name of ["ingest", ...algorithms])
      mkdirSync(join(root, name), { recursive: true, mode: 0o700 });
  }

  sizeOf(digest: Digest): number | undefined {
    return statSync(this.#path(digest), { throwIfNoEntry: false })?.size;
  }

  read(digest: Digest): Buffer {
    const content = this.#found(digest, () => readFileSync(this.#path(digest)));
    if (digestOf(content, algorithmOf(digest)) !== digest)
      throw new EngineError("internal", `the stored content of ${digest} is damaged`);
    return content;
  }

  open(digest: Digest): Readable {
    this.#found(digest, () => statSync(this.#path(digest)));
    return createReadStream(this.#path(digest));
  }

  put(content: Uint8Array): Digest {
    const digest = digestOf(content, "sha256");
    if (this.sizeOf(digest) === content.length) return digest;
    const { path, descriptor } = this.#create();
    try {
      writeWhole(descriptor, content);
      this.#publish(path, descriptor, digest);
    } catch (error) {
      rmSync(path, { force: true });
      throw isDiskFull(error) ? diskFull(error) : error;
    } finally {
      closeSync(descriptor);
    }
    return digest;
  }

  async ingest(
    source: AsyncIterable<Uint8Array>,
    expected: { digest?: Digest; sizeBytes?: number; signal?: AbortSignal } = {},
  ): Promise<BlobInfo> {
    const algorithm = expected.digest === undefined ? "sha256" : algorithmOf(expected.digest);
    const hash = createHash(algorithm);
    const { path, descriptor } = this.#create();
    let sizeBytes = 0;
    try {
      for await (const chunk of source) {
        expected.signal?.throwIfAborted();
        hash.update(chunk);
        sizeBytes += chunk.length;
        if (sizeBytes > (expected.sizeBytes ?? Number.POSITIVE_INFINITY)) break;
        writeWhole(descriptor, chunk);
      }
      const digest = `${algorithm}:${hash.digest("hex")}` as Digest;
      if (sizeBytes !== (expected.sizeBytes ?? sizeBytes))
        throw new EngineError("invalid", `unexpected size: ${sizeBytes} instead of ${expected.sizeBytes}`);
      if (digest !== (expected.digest ?? digest))
        throw new EngineError("invalid", `unexpected digest: ${digest} instead of ${expected.digest}`);
      this.#publish(path, descriptor, digest);
      return { digest, sizeBytes };
    } catch (error) {
      rmSync(path, { force: true });
      throw isDiskFull(error) ? diskFull(error) : error;
    } finally {
      closeSync(descriptor);
    }
  }

  delete(digest: Digest): void {
    rmSync(this.#path(digest), { force: true });
  }

  list(): Digest[] {
    return algorithms.flatMap((algorithm) =>
      readdirSync(join(this.#root, algorithm))
        .map((hex) => `${algorithm}:${hex}`)
        .filter(isDigest),
    );
  }

  bytesOnDisk(): number {
    return this.list().reduce((sum, digest) => sum + (this.sizeOf(digest) ?? 0), 0);
  }

  reconcile(): void {
    const directory = join(this.#root, "ingest");
    for (const name of readdirSync(directory)) rmSync(join(directory, name), { force: true });
  }

  #path(digest: Digest): string {
    // Checked again: a path is made of it.
    if (!isDigest(digest)) throw new EngineError("invalid", `invalid digest format: ${String(digest)}`);
    return join(this.#root, algorithmOf(digest), digestHex(digest));
  }

  #create(): { path: string; descriptor: number } {
    const path = join(this.#root, "ingest", randomBytes(12).toString("hex"));
    return { path, descriptor: openSync(path, "wx", 0o600) };
  }

  #publish(path: string, descriptor: number, digest: Digest): void {
    fsyncSync(descriptor);
    renameSync(path, this.#path(digest));
    syncDirectory(join(this.#root, algorithmOf(digest)));
  }

  #found<T>(digest: Digest, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
      throw new EngineError("not-found", `content ${digest} not found`, error);
    }
  }
}

function algorithmOf(digest: Digest): (typeof algorithms)[number] {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

function digestOf(content: Uint8Array, algorithm: string): Digest {
  return `${algorithm}:${createHash(algorithm).update(content).digest("hex")}` as Digest;
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}
