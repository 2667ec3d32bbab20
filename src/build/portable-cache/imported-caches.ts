import { EngineError, messageOf } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { Progress } from "../../images/image-service.ts";
import type { CacheOption } from "../../spec/cache-option.ts";
import { parseReference, referenceString, withDefaultTag } from "../../spec/reference.ts";
import { childChainId } from "../../store/layers/chain-id.ts";
import type { ChainId } from "../../store/layers/layer-store.ts";
import type { BuildRequest } from "../build-request.ts";
import type { BuildObserver } from "../build-service.ts";
import type { BuildParts, Snapshot } from "../ops/build-parts.ts";
import type { ImportedResult, Importing } from "../solver/solver.ts";
import { ImportedCache, type ImportedStep } from "./imported-cache.ts";
import { lentLayout } from "./lent-layout.ts";
import { localImageCache } from "./local-image-cache.ts";
import { readCacheManifest } from "./read-cache-manifest.ts";

export interface ImportOptions {
  parts: BuildParts;
  request: BuildRequest;
  observer: BuildObserver;
  signal: AbortSignal;
}

/**
 * The caches of `--cache-from`. Their descriptions are read when the first step is not known here; a layer only when its step is
 * asked for. A cache that cannot be had is told of once and does without.
 */
export class ImportedCaches {
  readonly #options: ImportOptions;
  #loaded: Promise<LoadedCache[]> | undefined;

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  /**
   * How the result with this key can be had without running its step; undefined where no cache knows it. It must be one layer on
   * `below`: a cache that says otherwise is not believed.
   */
  async find(key: string, below: Snapshot): Promise<Importing<Snapshot> | undefined> {
    if (this.#options.request.cacheFrom.length === 0) return undefined;
    this.#loaded ??= this.#load();
    for (const cache of await this.#loaded) {
      const step = cache.known.find(key);
      if (step !== undefined && isOnTop(step, below)) return (signal) => this.#fetch(step, cache, signal);
    }
    return undefined;
  }

  /** Tells that a step is run although its result was promised. */
  failed(step: string, error: unknown): void {
    const task = this.#options.observer.task(`importing cache of ${step}`);
    task.end(new EngineError("unavailable", `cache ignored: ${messageOf(error)}`, error));
  }

  async #load(): Promise<LoadedCache[]> {
    const loaded = await Promise.all(this.#options.request.cacheFrom.map((option) => this.#open(option)));
    return loaded.flatMap((cache) => cache ?? []);
  }

  async #open(option: CacheOption): Promise<LoadedCache | undefined> {
    const { observer, signal } = this.#options;
    const origin = nameOf(option);
    const task = observer.task(`importing cache manifest from ${origin}`);
    try {
      const source = await (option.type === "local" ? this.#openLocal(option) : this.#openRegistry(option));
      task.end();
      return { origin, known: new ImportedCache(source), progress: task.status };
    } catch (error) {
      signal.throwIfAborted();
      task.end(new EngineError("unavailable", `cache ignored: ${messageOf(error)}`, error));
      return undefined;
    }
  }

  async #openRegistry({ attributes }: CacheOption) {
    const { parts, request, signal } = this.#options;
    const reference = withDefaultTag(parseReference(attributes["ref"] ?? ""));
    const local = localImageCache(parts, referenceString(reference));
    if (local !== undefined) return local;
    const credentials = request.credentials?.(reference.domain);
    const repository = await parts.images.reader(reference, { ...(credentials && { credentials }) });
    const name = reference.digest ?? reference.tag ?? "latest";
    return await readCacheManifest(repository, name, request.platforms[0], signal);
  }

  async #openLocal({ attributes }: CacheOption) {
    const { request, signal } = this.#options;
    const { src = "", tag = "latest", digest } = attributes;
    if (request.session === undefined) throw new Error(`${src} is not lent to this build`);
    const layout = lentLayout(request.session, src, signal);
    return await readCacheManifest(layout, digest ?? tag, request.platforms[0], signal);
  }

  async #fetch(
    step: ImportedStep,
    { origin, progress }: LoadedCache,
    signal: AbortSignal,
  ): Promise<ImportedResult<Snapshot>> {
    const { parts } = this.#options;
    if (step.stack === undefined) return { result: step.snapshot, origin };
    const lease = `lease:${newId()}`;
    const held: ChainId[] = [];
    try {
      const from = { repository: step.repository, lease, held, progress, signal };
      await parts.images.takeLayers(step.stack, from);
      return { result: step.snapshot, origin };
    } finally {
      // By the next turn the solver holds the result.
      setImmediate(() => {
        for (const chainId of held) void parts.layers.release(chainId, lease);
      });
    }
  }
}

interface LoadedCache {
  origin: string;
  known: ImportedCache;
  progress: Progress;
}

function isOnTop({ stack, snapshot }: ImportedStep, below: Snapshot): boolean {
  const own = stack?.config.rootfs.diff_ids.at(-1);
  return own === undefined || childChainId(below.chainId, own) === snapshot.chainId;
}

function nameOf({ type, attributes }: CacheOption): string {
  return type === "local" ? (attributes["src"] ?? "") : (attributes["ref"] ?? "");
}
