import { EngineError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { collectGarbage } from "../../linux/collect-garbage.ts";
import type { ContextAnswer } from "../../spec/api/build.ts";
import type { BuildContext, ContextFile, ContextLease } from "./build-context.ts";
import { type Content, ContentStore, type StoredContent } from "./content-store.ts";
import { readTarContext } from "./context-from-tar.ts";
import { ContextTree } from "./context-tree.ts";
import { readContextLines } from "./context-lines.ts";
import { receiveContents } from "./receive-contents.ts";

/** How long a context that a client sent waits for its build. */
const patienceMs = 10 * 60_000;
/** No more than this is kept for contexts to come. */
const mostBytes = 4 * 2 ** 30;
/** With so many entries a context is collected at its end, when whoever used it is done. */
const manyEntries = 5000;
const restMs = 100;
/** Looking at everything that is kept takes a while: only after so much has been added. */
const lookAfterBytes = 2 ** 29;

interface Announced {
  context: BuildContext;
  missing: Content[];
  timer: NodeJS.Timeout;
}

/** The contexts of builds. `root` holds nothing but their contents, by hash. */
export class ContextStore {
  readonly #contents: ContentStore;
  readonly #announced = new Map<string, Announced>();
  /** Contexts in use: what they hold is not freed. */
  readonly #held = new Set<BuildContext>();
  /** When a build last used a content, in this run of the engine. */
  readonly #usedMs = new Map<string, number>();
  readonly #now: () => number;

  constructor(root: string, now: () => number = Date.now) {
    this.#contents = new ContentStore(root);
    this.#contents.reconcile();
    this.#now = now;
  }

  /** The context in a tar, compressed or not. Throws `invalid`. */
  async fromTar(source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<ContextLease> {
    const tree = await readTarContext(source, this.#contents, signal);
    return this.#lease(tree.context(this.#contents.root));
  }

  /** The context of one file whose content is here already; undefined if it is not. */
  fromKnown(file: ContextFile): ContextLease | undefined {
    return this.#contents.has(file) ? this.#leaseFile(file) : undefined;
  }

  /** A context of one file, as it comes. */
  async fromFile(
    file: Omit<ContextFile, "kind" | "sizeBytes" | "sha256">,
    source: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<ContextLease> {
    const writer = this.#contents.writer();
    try {
      for await (const chunk of source) {
        signal.throwIfAborted();
        writer.write(chunk);
      }
      return this.#leaseFile({ ...file, kind: "file", ...writer.finish() });
    } finally {
      writer.discard();
    }
  }

  /** `POST /build/contexts`: a context by its description, and which contents must be sent. */
  async announce(body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<ContextAnswer> {
    const context = (await readContextLines(body, signal)).context(this.#contents.root);
    const missing = new Map<string, Content>();
    for (const file of filesOf(context))
      if (!missing.has(file.sha256) && !this.#contents.has(file)) missing.set(file.sha256, file);
    const id = newId();
    const timer = setTimeout(() => this.#announced.delete(id), patienceMs).unref();
    this.#announced.set(id, { context, missing: [...missing.values()], timer });
    return { id, missing: [...missing.keys()] };
  }

  /** `POST /build/contexts/{id}/contents`: what was missing, in the order it was named. */
  async receive(id: string, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const announced = this.#find(id);
    await receiveContents(body, announced.missing, this.#contents, signal);
    announced.missing = [];
  }

  /** The context a build names; it is gone from here with that. Throws `not-found`, or `conflict` if contents were never sent. */
  take(id: string): ContextLease {
    const { context, missing, timer } = this.#find(id);
    if (missing.length > 0)
      throw new EngineError("conflict", `${missing.length} files of the context ${id} have not been sent`);
    clearTimeout(timer);
    this.#announced.delete(id);
    return this.#lease(context);
  }

  /**
   * Everything that is kept, as one record of the build cache; undefined if there is nothing. Files with these inodes are counted by
   * others.
   */
  usage(counted: ReadonlySet<number> = new Set()): ContextUsage | undefined {
    const contents = this.#contents.list();
    if (contents.length === 0) return undefined;
    const used = contents.map(({ sha256, changedMs }) => this.#usedMs.get(sha256) ?? changedMs);
    return {
      sizeBytes: contents.reduce(
        (sum, { sizeBytes, inode }) => sum + (counted.has(inode) ? 0 : sizeBytes),
        0,
      ),
      createdMs: contents.reduce(
        (first, { changedMs }) => Math.min(first, changedMs),
        Number.POSITIVE_INFINITY,
      ),
      usedMs: used.reduce((last, usedMs) => Math.max(last, usedMs), 0),
      inUse: this.#held.size > 0 || this.#announced.size > 0,
    };
  }

  /** Frees contents no build uses, the longest unused first: down to `keepBytes`, those last used before `beforeMs` alone. */
  prune({ keepBytes = 0, beforeMs = Number.POSITIVE_INFINITY }: ContextPrune = {}): number {
    const held = this.#heldContents();
    const contents = this.#contents
      .list()
      .map((content) => ({ ...content, usedMs: this.#usedMs.get(content.sha256) ?? content.changedMs }))
      .sort((a, b) => a.usedMs - b.usedMs);
    this.#contents.addedBytes = 0;
    let left = contents.reduce((sum, content) => sum + ownBytes(content), 0);
    let freed = 0;
    for (const content of contents) {
      const { sha256, usedMs } = content;
      if (left <= keepBytes && keepBytes > 0) break;
      if (usedMs >= beforeMs || held.has(sha256)) continue;
      this.#contents.delete(sha256);
      this.#usedMs.delete(sha256);
      left -= ownBytes(content);
      freed += ownBytes(content);
    }
    return freed;
  }

  #find(id: string): Announced {
    const found = this.#announced.get(id);
    if (found === undefined) throw new EngineError("not-found", `no such build context: ${id}`);
    return found;
  }

  #leaseFile(file: ContextFile): ContextLease {
    const tree = new ContextTree();
    tree.add(file);
    return this.#lease(tree.context(this.#contents.root));
  }

  #lease(context: BuildContext): ContextLease {
    this.#held.add(context);
    const nowMs = this.#now();
    for (const { sha256 } of filesOf(context)) this.#usedMs.set(sha256, nowMs);
    return {
      context,
      [Symbol.asyncDispose]: () => {
        this.#held.delete(context);
        // What described it takes megabytes, of which the collector would learn in the middle of the next build.
        if (context.entries.size > manyEntries) setTimeout(collectGarbage, restMs).unref();
        if (this.#contents.addedBytes > lookAfterBytes) this.prune({ keepBytes: mostBytes });
        return Promise.resolve();
      },
    };
  }

  #heldContents(): Set<string> {
    const held = new Set<string>();
    const waiting = [...this.#announced.values()].map(({ context }) => context);
    for (const context of [...this.#held, ...waiting])
      for (const { sha256 } of filesOf(context)) held.add(sha256);
    return held;
  }
}

export interface ContextUsage {
  sizeBytes: number;
  createdMs: number;
  usedMs: number;
  inUse: boolean;
}

export interface ContextPrune {
  keepBytes?: number;
  beforeMs?: number;
}

function* filesOf(context: BuildContext): Iterable<ContextFile> {
  for (const entry of context.entries.values()) if (entry.kind === "file") yield entry;
}

function ownBytes({ names, sizeBytes }: StoredContent): number {
  return names > 1 ? 0 : sizeBytes;
}
