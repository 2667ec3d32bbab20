import { chmodSync, chownSync, linkSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { addAbortSignal, Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { EngineError } from "../../base/errors.ts";
import { faultPoint } from "../../base/fault.ts";
import type { Digest } from "../../spec/digest.ts";
import type { LayerCompression } from "../../spec/layer-choice.ts";
import { asFileOwner } from "../../linux/file-owner.ts";
import { mountOverlay } from "../../linux/overlay-mount.ts";
import { defaultExpansionLimit, type ExpansionLimit } from "../archive/decompress.ts";
import { packTree } from "../archive/pack.ts";
import type { Database } from "../db/database.ts";
import { listChanges } from "./changes.ts";
import { childChainId } from "./chain-id.ts";
import { compressLayer } from "./compress-layer.ts";
import { LayerDirectories } from "./layer-directories.ts";
import { type LayerEntry, listLayerEntries } from "./layer-files.ts";
import { LayerLifetime } from "./layer-lifetime.ts";
import { type LayerRecord, LayerRecords } from "./layer-records.ts";
import type {
  ApplyOptions,
  ChainId,
  CommitOptions,
  Layer,
  LayerBlob,
  LayerChange,
  LayerStore,
  MountOptions,
  RootfsParts,
  SealOptions,
  StagedLayer,
} from "./layer-store.ts";
import { mountTargets } from "./mount-targets.ts";
import { reconcileLayers } from "./reconcile.ts";
import { rebaseTree, sealTree, syncTree } from "./seal.ts";
import { type LayerUsage, layerUsage } from "./shared-files.ts";
import { assembleTar } from "./tar-split.ts";
import type { Unpacked } from "./unpack.ts";
import { unpackTar } from "./unpack-tar.ts";

/** OVL_MAX_STACK in the kernel: more lower directories cannot be mounted. */
const deepestChain = 500;

export interface LayerStoreOptions {
  db: Database;
  /** Directory of the store; made if missing. On a file system that overlayfs can use as upper. */
  root: string;
  expansionLimit?: ExpansionLimit;
}

export function createLayerStore(options: LayerStoreOptions): LayerStore {
  return new OverlayLayerStore(options);
}

type Staged = StagedLayer & Unpacked & { name: string; unsynced?: boolean };

class OverlayLayerStore implements LayerStore {
  readonly #records: LayerRecords;
  readonly #directories: LayerDirectories;
  readonly #lifetime: LayerLifetime;
  readonly #expansionLimit: ExpansionLimit;
  readonly #applying = new Map<ChainId, Promise<Layer>>();
  constructor({ db, root, expansionLimit = defaultExpansionLimit }: LayerStoreOptions) {
    this.#records = new LayerRecords(db);
    this.#directories = new LayerDirectories(root);
    this.#lifetime = new LayerLifetime(this.#records, this.#directories);
    this.#expansionLimit = expansionLimit;
  }

  async apply(parent: ChainId | undefined, tar: Readable, options: ApplyOptions = {}): Promise<Layer> {
    if (options.expected === undefined) return await this.#unpack(parent, tar, options);
    const chainId = childChainId(parent, options.expected);
    for (let running = this.#applying.get(chainId); ; running = this.#applying.get(chainId)) {
      const existing = this.#existing(chainId, options.user);
      if (existing !== undefined) return existing;
      if (running === undefined) break;
      // Should the other one fail, this one's own tar is still untouched.
      await running.catch(() => {});
    }
    const work = this.#unpack(parent, tar, options);
    this.#applying.set(chainId, work);
    try {
      return await work;
    } finally {
      this.#applying.delete(chainId);
    }
  }

  async #unpack(parent: ChainId | undefined, tar: Readable, options: ApplyOptions): Promise<Layer> {
    this.#lifetime.pin(parent);
    try {
      return await this.commit(await this.stage(tar, options), parent, options);
    } finally {
      await this.#lifetime.unpin(parent);
    }
  }

  async stage(
    tar: Readable,
    options: { signal?: AbortSignal; onBytes?: (bytes: number) => void } = {},
  ): Promise<StagedLayer> {
    const { signal, onBytes } = options;
    const { name, path } = this.#directories.createStaging();
    try {
      const source = signal === undefined ? tar : addAbortSignal(signal, tar);
      const unpacked = await unpackTar(source, path, { limit: this.#expansionLimit, signal, onBytes });
      faultPoint("layer.unpacked");
      const staged: Staged = { ...unpacked, name, discard: async () => this.#directories.remove(path) };
      return staged;
    } catch (error) {
      this.#directories.remove(path);
      if (signal?.aborted === true) throw new EngineError("cancelled", "context canceled", error);
      throw error;
    }
  }

  async commit(layer: StagedLayer, parent: ChainId | undefined, options: CommitOptions = {}): Promise<Layer> {
    const staged = layer as Staged;
    try {
      const { expected = staged.diffId } = options;
      if (staged.diffId !== expected)
        throw new EngineError("invalid", `invalid diffID: expected "${expected}", got "${staged.diffId}"`);
      const chainId = childChainId(parent, staged.diffId);
      return this.#existing(chainId, options.user) ?? this.#publish(chainId, parent, staged, options);
    } finally {
      await staged.discard();
    }
  }

  /** Directory first, row last: a crash between them leaves a directory that `reconcile` removes. */
  #publish(
    chainId: ChainId,
    parent: ChainId | undefined,
    staged: Staged,
    { user, blob }: CommitOptions,
  ): Layer {
    const { name, diffId, sizeBytes, tarBytes } = staged;
    this.#checkParent(parent);
    if (!staged.hasRoot && parent !== undefined)
      copyOwnership(this.#diff(parent), join(this.#directories.root, "staging", name, "diff"));
    if (blob !== undefined) linkSync(blob.path, this.#directories.stagedBlob(name));
    this.#directories.publish(name, staged.unsynced !== true);
    faultPoint("layer.renamed");
    const record: LayerRecord = {
      chainId,
      ...(parent !== undefined && { parent }),
      diffId,
      sizeBytes,
      tarBytes,
      directory: name,
      ...(blob !== undefined && { blob: { digest: blob.digest, sizeBytes: blob.sizeBytes } }),
      ...(staged.unsynced === true && { unsynced: true }),
    };
    const insert = () => {
      this.#records.insert(record);
      if (user !== undefined) this.#records.addUser(chainId, user);
    };
    if (record.unsynced === true) this.#records.volatileTransaction(insert);
    else this.#records.transaction(insert);
    return record;
  }

  #checkParent(parent: ChainId | undefined): void {
    if (parent === undefined) return;
    const depth = this.#records.chain(parent).length;
    if (depth === 0) throw new EngineError("not-found", `layer does not exist: ${parent}`);
    if (depth >= deepestChain) throw new EngineError("invalid", "max depth exceeded");
  }

  #existing(chainId: ChainId, user: string | undefined): Layer | undefined {
    const layer = this.#records.get(chainId);
    if (layer !== undefined && user !== undefined) this.#records.addUser(chainId, user);
    return layer;
  }

  get(chainId: ChainId): Layer | undefined {
    return this.#records.get(chainId);
  }

  blob(diffId: Digest): (LayerBlob & { path: string }) | undefined {
    const record = this.#records.withBlob(diffId);
    if (record?.blob === undefined) return undefined;
    return { ...record.blob, path: this.#directories.blob(record.directory) };
  }

  dropBlob(chainId: ChainId): number {
    const { blob, directory } = this.#records.mustGet(chainId);
    if (blob === undefined) return 0;
    this.#records.forgetBlob(chainId);
    faultPoint("layer.blob-forgotten");
    this.#directories.removeBlob(directory);
    return blob.sizeBytes;
  }

  list(): Layer[] {
    return this.#records.list();
  }

  directories(chainId: ChainId): string[] {
    return this.#records.chain(chainId).map((layer) => this.#directories.diff(layer.directory));
  }

  bytesOnDisk(): Map<ChainId, number> {
    const { contentBytes } = this.usage();
    const sizes = this.#records
      .list()
      .map(
        ({ chainId, directory }) =>
          [chainId, (contentBytes.get(chainId) ?? 0) + this.#directories.recordBytes(directory)] as const,
      );
    return new Map(sizes);
  }

  sharedFileLists(chainId: ChainId): string[] {
    return this.#records.chain(chainId).map(({ directory }) => this.#directories.named(directory));
  }

  usage(): LayerUsage {
    const layers = this.#records.list();
    return layerUsage(layers.map((layer) => ({ ...layer, named: this.#directories.named(layer.directory) })));
  }

  async entries(chainId: ChainId): Promise<LayerEntry[]> {
    const { directory } = this.#records.mustGet(chainId);
    return await listLayerEntries(this.#directories.files(directory));
  }

  tar(chainId: ChainId): Readable {
    const { directory } = this.#records.mustGet(chainId);
    return Readable.from(inTurns(assembleTar(this.#directories.files(directory))), { objectMode: false });
  }

  compressed(
    chainId: ChainId,
    how: LayerCompression,
    onTarBytes?: (bytes: number) => void,
  ): AsyncIterable<Uint8Array> {
    const { directory, tarBytes } = this.#records.mustGet(chainId);
    return compressLayer(this.#directories.files(directory), tarBytes, how, onTarBytes);
  }

  retain(chainId: ChainId, user: string): void {
    this.#records.mustGet(chainId);
    this.#records.addUser(chainId, user);
  }

  async release(chainId: ChainId, user: string): Promise<ChainId[]> {
    this.#records.removeUser(chainId, user);
    return await this.#lifetime.collect(chainId);
  }

  users(chainId: ChainId): string[] {
    return this.#records.users(chainId);
  }

  async createWritable(id: string, parent: ChainId | undefined): Promise<RootfsParts> {
    if (this.#records.writable(id) !== undefined)
      throw new EngineError("conflict", `a writable layer of ${id} exists already`);
    const below = parent === undefined ? this.#directories.empty : this.#diff(parent);
    const { path, upper, work } = this.#directories.writable(id);
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path, { mode: 0o710 });
    mkdirSync(upper);
    // The root directory of an overlay is the upper one's.
    copyOwnership(below, upper);
    mkdirSync(work, { mode: 0o700 });
    this.#records.insertWritable(id, parent);
    return this.#parts(id, parent);
  }

  writable(id: string): RootfsParts | undefined {
    const record = this.#records.writable(id);
    return record === undefined ? undefined : this.#parts(id, record.parent);
  }

  diffTar(id: string): Readable {
    const { upper, lower } = this.#parts(id, this.#mustHaveWritable(id).parent);
    return packTree(upper, { whiteouts: "overlay", skip: mountTargets(upper, lower) });
  }

  async changes(id: string): Promise<LayerChange[]> {
    const { upper, lower } = this.#parts(id, this.#mustHaveWritable(id).parent);
    return await listChanges(upper, lower, mountTargets(upper, lower));
  }

  async commitWritable(id: string, options: { user?: string; signal?: AbortSignal } = {}): Promise<Layer> {
    const { parent } = this.#mustHaveWritable(id);
    const tar = this.diffTar(id);
    try {
      return await this.apply(parent, tar, options);
    } finally {
      tar.destroy();
    }
  }

  async seal(id: string, options: SealOptions = {}): Promise<Layer> {
    const record = this.#mustHaveWritable(id);
    const parent = options.onto ?? record.parent;
    const { upper, lower } = this.#parts(id, record.parent);
    const skip = options.hasMountTargets === true ? mountTargets(upper, lower) : new Set<string>();
    const { name, path } = this.#directories.stageWritable(id);
    this.#lifetime.pin(parent);
    try {
      await this.removeWritable(id);
      const sealed = await sealTree(path, skip, options);
      const staged: Staged = {
        ...sealed,
        name,
        hasRoot: options.onto === undefined,
        unsynced: true,
        discard: async () => this.#directories.remove(path),
      };
      return await this.commit(staged, parent, options);
    } finally {
      this.#directories.remove(path);
      await this.#lifetime.unpin(parent);
    }
  }

  async rebase(
    chainId: ChainId,
    parent: ChainId | undefined,
    options: { user: string; signal?: AbortSignal },
  ): Promise<Layer> {
    const { directory, ...layer } = this.#records.mustGet(chainId);
    const known = this.#existing(childChainId(parent, layer.diffId), options.user);
    if (known !== undefined) return known;
    const { name, path } = this.#directories.createStaging();
    this.#lifetime.pin(chainId);
    this.#lifetime.pin(parent);
    try {
      const below = parent === undefined ? [] : this.sharedFileLists(parent);
      await rebaseTree(join(this.#directories.root, directory), path, below, options.signal);
      const discard = async () => this.#directories.remove(path);
      const { diffId, sizeBytes, tarBytes } = layer;
      const staged: Staged = { diffId, sizeBytes, tarBytes, name, hasRoot: false, unsynced: true, discard };
      return await this.commit(staged, parent, options);
    } finally {
      this.#directories.remove(path);
      await this.#lifetime.unpin(parent);
      await this.#lifetime.unpin(chainId);
    }
  }

  async sync(): Promise<void> {
    const waiting = this.#records.unsynced();
    if (waiting.length === 0) return;
    await syncTree(this.#directories.root);
    this.#records.markSynced(waiting);
  }

  mountView(chainId: ChainId | undefined, target: string, { mapped }: MountOptions = {}): void {
    const { root, empty } = this.#directories;
    const base = mapped?.through ?? root;
    // An overlay needs two directories if it has no upper one.
    const lower = [...(chainId === undefined ? [] : this.directories(chainId)), empty];
    mountOverlay({ lower: lower.map((path) => join(base, relative(root, path))) }, target, base);
  }

  writableIds(): string[] {
    return this.#records.writableIds();
  }

  async removeWritable(id: string): Promise<void> {
    const record = this.#records.writable(id);
    this.#records.deleteWritable(id);
    this.#directories.remove(this.#directories.writable(id).path);
    await this.#lifetime.collect(record?.parent);
  }

  mount(id: string, target: string, { mapped, volatile = false }: MountOptions = {}): void {
    const { root } = this.#directories;
    const { lower, upper, work } = this.#parts(id, this.#mustHaveWritable(id).parent);
    const base = mapped?.through ?? root;
    const from = (path: string) => join(base, relative(root, path));
    const parts = { lower: lower.map(from), upper: from(upper), work: from(work), volatile };
    asFileOwner(mapped?.owner, () => mountOverlay(parts, target, base));
  }

  async settled(): Promise<void> {
    await this.#directories.settled();
  }

  async reconcile(): Promise<void> {
    await reconcileLayers(this.#records, this.#directories, (chainId) => this.#lifetime.collect(chainId));
  }

  #parts(id: string, parent: ChainId | undefined): RootfsParts {
    const { upper, work } = this.#directories.writable(id);
    return {
      lower: parent === undefined ? [this.#directories.empty] : this.directories(parent),
      upper,
      work,
    };
  }

  #diff(chainId: ChainId): string {
    return this.#directories.diff(this.#records.mustGet(chainId).directory);
  }

  #mustHaveWritable(id: string): { parent: ChainId | undefined } {
    const record = this.#records.writable(id);
    if (record === undefined) throw new EngineError("not-found", `no writable layer of ${id}`);
    return record;
  }
}

function copyOwnership(from: string, to: string): void {
  const { mode, uid, gid } = statSync(from);
  chownSync(to, uid, gid);
  chmodSync(to, mode & 0o7777);
}

/** File reads are synchronous: between two chunks everybody else has a turn. */
async function* inTurns(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  for (const chunk of chunks) {
    yield chunk;
    await nextTurn();
  }
}
