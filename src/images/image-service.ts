import type { PruneItem } from "../spec/api/prune-preview.ts";
import type { Readable } from "node:stream";
import type { Credentials } from "../registry/credentials.ts";
import type { LoginResult } from "../registry/log-in.ts";
import type { SearchResult } from "../registry/search-index.ts";
import type {
  DistributionInspect,
  RegistryManifest,
  ImageDeleteResponseItem,
  ImageHistoryResponseItem,
  ImageInspect,
  ImageSummary,
} from "../spec/api/image.ts";
import type { ImageDiff } from "../spec/api/image-diff.ts";
import type { Digest } from "../spec/digest.ts";
import type { Descriptor, ImageConfigFile, Platform } from "../spec/oci-image.ts";
import type { ChainId } from "../store/layers/layer-store.ts";

/** An image as containers and builds need it. */
export interface Image {
  id: Digest;
  config: ImageConfigFile;
  /** The whole layer stack; undefined for an image without layers. */
  chainId: ChainId | undefined;
}

/** One line of the progress streams of load, import, pull and push (Docker's jsonmessage). */
export interface ProgressMessage {
  stream?: string;
  status?: string;
  id?: string;
  progress?: string;
  progressDetail?: { current?: number; total?: number };
  error?: string;
  errorDetail?: { code?: number; message: string };
  aux?: unknown;
}
export type Progress = (message: ProgressMessage) => void;

/** Filters as the API sends them: name → values. */
export type Filters = Record<string, string[]>;

/** A container that needs an image: asked before an image is removed. */
export interface ImageUser {
  containerId: string;
  imageId: Digest;
  running: boolean;
}

/** For verbs that reach a registry. */
export interface RemoteOptions {
  credentials?: Credentials;
  signal?: AbortSignal;
}

export interface SearchOptions extends RemoteOptions {
  /** 1 to 100; 25 where none is given. */
  limit?: number;
  filters?: Filters;
}

/** Every verb on local images. References are as users type them; messages and events are Docker's. */
export interface ImageService {
  /** By name, name@digest, id or unique id prefix. Throws not-found: `No such image: REF`. */
  get(reference: string): Image;
  list(options: {
    all?: boolean;
    filters?: Filters;
    digests?: boolean;
    sharedSize?: boolean;
  }): ImageSummary[];
  /** An image that is found, but for another platform than the one asked for, is not found. */
  inspect(reference: string, platform?: Platform): ImageInspect;
  history(reference: string, platform?: Platform): ImageHistoryResponseItem[];
  /** What leads from one image to the other, by layer and by file. */
  diff(from: string, to: string, signal?: AbortSignal): Promise<ImageDiff>;
  tag(source: string, repository: string, tag: string): void;
  remove(
    reference: string,
    options: { force: boolean; noPrune: boolean },
  ): Promise<ImageDeleteResponseItem[]>;
  /** As `import`, of what the engine fetches from a URL. */
  importFrom(
    url: string,
    options: Parameters<ImageService["import"]>[1],
    progress: Progress,
  ): Promise<Digest>;
  /** Answers the new image's id. `changes` are Dockerfile instructions (CMD, ENV, …). */
  import(
    source: Readable,
    options: {
      repository?: string;
      tag?: string;
      message?: string;
      changes?: string[];
      platform?: Platform;
      signal?: AbortSignal;
    },
    progress: Progress,
  ): Promise<Digest>;
  /**
   * Fetches from the registry that `reference` names; with neither tag nor digest, every tag. Nothing that is here is
   * fetched again, and the name changes last. Answers the (last) image's id.
   */
  pull(
    reference: string,
    options: RemoteOptions & { platform?: Platform },
    progress: Progress,
  ): Promise<Digest>;
  /**
   * Sends to the registry that `reference` names what it does not have; without a tag, every tag. An image that was
   * pulled goes out byte for byte as it came. Answers the manifests.
   */
  push(
    reference: string,
    options: RemoteOptions & { platform?: Platform },
    progress: Progress,
  ): Promise<Descriptor[]>;
  /** What a registry has under a name. */
  distribution(reference: string, options: RemoteOptions): Promise<DistributionInspect>;
  /** The manifest or index that a registry has under a name; with `all` the manifests of an index, too. */
  remoteManifest(reference: string, options: RemoteOptions & { all?: boolean }): Promise<RegistryManifest>;
  search(term: string, options: SearchOptions): Promise<SearchResult[]>;
  /** Proves credentials to a registry, by the name that it is kept under. Throws unauthenticated. */
  logIn(server: string, credentials: Credentials, signal?: AbortSignal): Promise<LoginResult>;
  /** Docker archives and OCI layouts, by content. A corrupt or hostile archive is refused whole. */
  load(
    source: Readable,
    options: { quiet?: boolean; platform?: Platform; signal?: AbortSignal },
    progress: Progress,
  ): Promise<void>;
  /** One archive that is a Docker archive and an OCI layout at once, as dockerd 28 writes it. Throws before the first byte. */
  save(references: string[], options: { platform?: Platform; signal?: AbortSignal }): Readable;
  prune(
    filters: Filters,
  ): Promise<{ ImagesDeleted: ImageDeleteResponseItem[] | null; SpaceReclaimed: number }>;
  /** What `prune` would remove now, were the given containers gone. */
  planPrune(filters: Filters, goneContainers: ReadonlySet<string>): PruneItem[];
  /** Whether any image or tag names this id now, and its tags, for `ps` and events. */
  tagsOf(id: Digest): string[];
}
