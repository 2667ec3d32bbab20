import type { Readable } from "node:stream";
import type { FileOwner } from "../../linux/file-owner.ts";
import type { Digest } from "../../spec/digest.ts";
import type { LayerCompression } from "../../spec/layer-choice.ts";
import type { LayerEntry } from "./layer-files.ts";
import type { LayerUsage } from "./shared-files.ts";

/** Identifies a stack of layers: OCI image spec, config.md, "Layer ChainID". */
export type ChainId = Digest;

export interface Layer {
  chainId: ChainId;
  parent?: ChainId;
  /** Digest of the layer's uncompressed tar. */
  diffId: Digest;
  /** Bytes of file content in this layer alone, as Docker counts an image's size. */
  sizeBytes: number;
  /** Length of the layer's uncompressed tar. */
  tarBytes: number;
  /** Its compressed form, where one is kept. */
  blob?: LayerBlob;
}

/** A layer as a registry has it: compressed, and named by the digest of that. */
export interface LayerBlob {
  digest: Digest;
  sizeBytes: number;
}

export interface CommitOptions {
  /** The file that the layer was unpacked from, kept with it so that the same bytes can be pushed again. */
  blob?: LayerBlob & { path: string };
  /** A different diffID is refused (`invalid`). */
  expected?: Digest;
  /** Retains the layer for this user in the same step, so that nothing can free it in between. */
  user?: string;
}

export interface ApplyOptions extends CommitOptions {
  signal?: AbortSignal;
}

export interface SealOptions {
  user?: string;
  signal?: AbortSignal;
  /** Files changed later than this get this time (seconds since the epoch). */
  latestSeconds?: number;
  /** A runtime has worked on it: what it made to mount on is no part of the layer. */
  hasMountTargets?: boolean;
  /** The layer becomes this one's child, although it was made on nothing. */
  onto?: ChainId;
}

export interface MountOptions {
  /** `through` is another mount of the store's root, which shows its files with other owners; `owner` is who root is there. */
  mapped?: { through: string; owner: FileOwner };
  /** Nothing waits for the disk until `sync`, not even fsync. For a layer that is sealed, mounted once. */
  volatile?: boolean;
}

/** An unpacked layer without a place in a chain. */
export interface StagedLayer {
  readonly diffId: Digest;
  readonly sizeBytes: number;
  /** Length of the uncompressed tar. */
  readonly tarBytes: number;
  /** Nothing happens after `commit`. */
  discard(): Promise<void>;
}

/** One difference between a writable layer's merged view and its image. */
export interface LayerChange {
  /** Absolute, in the container. */
  path: string;
  kind: "modified" | "added" | "deleted";
}

/** What an overlay mount of a container (or build step) is made of. Lower directories: topmost layer first. */
export interface RootfsParts {
  lower: string[];
  upper: string;
  work: string;
}

/**
 * Read-only layers by chain id, and writable layers by owner id, as overlay directories.
 * A layer directory appears whole under its final name or not at all; the database row comes last.
 */
export interface LayerStore {
  /**
   * Unpacks a tar (plain, gzip, xz, zstd or bzip2 by its magic) as the child of `parent` and commits it. With `expected`, a different
   * diffID is refused (`invalid`). The same chain applied twice at once is unpacked once. On any failure nothing stays.
   * `tar` is read as far as it is needed and never destroyed, but by the signal: it may be a request to be answered.
   */
  apply(parent: ChainId | undefined, tar: Readable, options?: ApplyOptions): Promise<Layer>;
  /**
   * Unpacks and sums a tar whose parent is not known yet (an archive names it at its end). Either `commit` or
   * `discard` ends a staged layer; a crash discards it.
   */
  stage(
    tar: Readable,
    options?: { signal?: AbortSignal; onBytes?: (bytes: number) => void },
  ): Promise<StagedLayer>;
  /** Makes a staged layer the child of `parent`. The same chain may exist already: then the staged one is discarded. */
  commit(staged: StagedLayer, parent: ChainId | undefined, options?: CommitOptions): Promise<Layer>;
  get(chainId: ChainId): Layer | undefined;
  /** The compressed form of a layer with this diffID, where one is kept. */
  blob(diffId: Digest): (LayerBlob & { path: string }) | undefined;
  /** Lets go of a layer's compressed form; answers the bytes that frees. */
  dropBlob(chainId: ChainId): number;
  list(): Layer[];
  /** The directories of the chain's layers, topmost first. */
  directories(chainId: ChainId): string[];
  /**
   * Bytes on the disk of each layer: its files, and the record from which its tar is made. Builds have files that several layers
   * share: they count for the oldest of them.
   */
  bytesOnDisk(): Map<ChainId, number>;
  /** Paths of the lists of shared files that a chain's layers may have. */
  sharedFileLists(chainId: ChainId): string[];
  /** The same of files alone, and what is shared. */
  usage(): LayerUsage;
  /** What the layer itself adds, changes and deletes, sorted by path. */
  entries(chainId: ChainId): Promise<LayerEntry[]>;
  /** The layer's tar, byte for byte what hashes to its diffID. */
  tar(chainId: ChainId): Readable;
  /** The layer's tar compressed; the same layer always gives the same bytes. `onTarBytes` is told how much of the tar is in them. */
  compressed(
    chainId: ChainId,
    how: LayerCompression,
    onTarBytes?: (bytes: number) => void,
  ): AsyncIterable<Uint8Array>;
  /**
   * One more user of a layer; layers are freed when their last reference goes (children count as users). Users named
   * `lease:…` belong to an operation under way and end with the daemon.
   */
  retain(chainId: ChainId, user: string): void;
  /** Answers the chains freed by it, topmost first. */
  release(chainId: ChainId, user: string): Promise<ChainId[]>;
  users(chainId: ChainId): string[];
  /** Makes a container's writable layer on `parent` (undefined: an empty image). Holds the parent. */
  createWritable(id: string, parent: ChainId | undefined): Promise<RootfsParts>;
  writable(id: string): RootfsParts | undefined;
  removeWritable(id: string): Promise<void>;
  /**
   * What a writable layer changes in its image, as a layer's tar with whiteouts. Changes made meanwhile may be in it
   * or not: pause the container for one moment's state.
   */
  diffTar(id: string): Readable;
  /** The same as a list, sorted by path. */
  changes(id: string): Promise<LayerChange[]>;
  /** Makes the changes of a writable layer a layer on its parent. The writable layer stays as it is. */
  commitWritable(id: string, options?: { user?: string; signal?: AbortSignal }): Promise<Layer>;
  /**
   * Makes a writable layer a layer on its parent by moving it: nothing is copied, and the writable layer is no more. Nobody may
   * write to it any more. Until `sync` a sealed layer does not outlive the engine.
   */
  seal(id: string, options?: SealOptions): Promise<Layer>;
  /** A layer once more, on another parent: its files get further names, nothing is copied or summed. Like a sealed one until `sync`. */
  rebase(
    chainId: ChainId,
    parent: ChainId | undefined,
    options: { user: string; signal?: AbortSignal },
  ): Promise<Layer>;
  /** Brings what was sealed to the disk: from then on it stays. */
  sync(): Promise<void>;
  /** Mounts a chain's merged view at `target`, read-only. */
  mountView(chainId: ChainId | undefined, target: string, options?: Pick<MountOptions, "mapped">): void;
  /** Every owner of a writable layer, so that the room of the owners can give back what a crash left. */
  writableIds(): string[];
  /**
   * Mounts the writable layer's merged view at `target` (overlay). Synchronous: one system call or a few.
   */
  mount(id: string, target: string, options?: MountOptions): void;
  /** Freed directories are out of the way at once but deleted behind; resolves when that is done. */
  settled(): Promise<void>;
  /** Finishes or undoes what a crash left: half-unpacked layers, rows without directories, directories without rows. */
  reconcile(): Promise<void>;
}
