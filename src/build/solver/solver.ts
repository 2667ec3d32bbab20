import { cacheKey, manifestChanges } from "./cache-key.ts";
import { SharedWork } from "./shared-work.ts";
import type { Change, Manifest, Step, StepContext, StepObserver } from "./step.ts";

/** A result that was found, and what it is kept under. */
export interface CachedResult<R> {
  id: string;
  result: R;
}

export interface NewResult<R> {
  key: string;
  step: Pick<Step<R>, "name" | "slot" | "type">;
  manifest: Manifest;
  /** Keys of the steps it stands on. */
  parents: string[];
  result: R;
}

/** Where results are kept. Synchronous: between looking for a result and starting the work nobody else may come. */
export interface ResultCache<R> {
  /** Undefined where there is none, or what it names is gone. */
  find(key: string): CachedResult<R> | undefined;
  /** Notes that a build used it in the place of `slot`. */
  used(id: string, use: { slot: string; key: string; manifest: Manifest }): void;
  save(result: NewResult<R>): void;
  /** The manifest of what stood in a place in the last build. */
  previous(slot: string): Manifest | undefined;
}

/** A result that was made elsewhere. */
export interface ImportedResult<R> {
  result: R;
  /** Where it came from, for people. */
  origin: string;
}

/** Fetches a result. */
export type Importing<R> = (signal: AbortSignal) => Promise<ImportedResult<R>>;

/** One build's wishes. */
export interface SolveOptions<R> {
  signal: AbortSignal;
  /** Called with each result at the moment it is found or made: keeps it from being freed while the build needs it. */
  hold(result: R): void;
  observe: StepObserver<R>;
  /** How a result that is not known here can be had without making it; undefined where it cannot. `below` is the first input's. */
  imported?(key: string, below: R | undefined): Promise<Importing<R> | undefined>;
  /** An import failed: the step is run instead. */
  importFailed?(step: Step<R>, error: unknown): void;
}

/** A step of a build, with its result. */
export interface Solved<R> {
  step: Step<R>;
  result: R;
  key: string;
}

/** What shared work comes to. */
type Made<R> = Pick<ImportedResult<R>, "result"> & { origin?: string };

/**
 * Makes the results of steps: what is known is not made again, what is missing is made once, however many builds ask for it at the
 * same time; steps that do not stand on each other run side by side.
 */
export class Solver<R> {
  readonly #cache: ResultCache<R>;
  readonly #running = new Map<string, SharedWork<Made<R>>>();

  constructor(cache: ResultCache<R>) {
    this.#cache = cache;
  }

  /** A build of its own: a step that several others stand on is asked for once. */
  build(options: SolveOptions<R>): Build<R> {
    return new Build(this.#cache, this.#running, options);
  }
}

/** The results of one build's steps, made as they are asked for. */
export class Build<R> {
  readonly #cache: ResultCache<R>;
  readonly #running: Map<string, SharedWork<Made<R>>>;
  readonly #options: SolveOptions<R>;
  readonly #abort = new AbortController();
  readonly #solved = new Map<Step<R>, Promise<Solved<R>>>();

  constructor(cache: ResultCache<R>, running: Map<string, SharedWork<Made<R>>>, options: SolveOptions<R>) {
    this.#cache = cache;
    this.#running = running;
    this.#options = options;
    const { signal } = options;
    if (signal.aborted) this.#abort.abort(signal.reason);
    else signal.addEventListener("abort", this.#follow, { once: true });
  }

  readonly #follow = (): void => this.#abort.abort(this.#options.signal.reason);

  /** The step's result. The first failure of any step ends all others of the build. */
  async result(step: Step<R>): Promise<R> {
    return (await this.#solve(step)).result;
  }

  /** Resolves when nothing of this build runs any more, whatever came of it. */
  async settled(): Promise<void> {
    for (let known = -1; known !== this.#solved.size; ) {
      known = this.#solved.size;
      await Promise.allSettled(this.#solved.values());
    }
    // A signal holds who listens to it, for as long as its sources are there.
    this.#options.signal.removeEventListener("abort", this.#follow);
  }

  /** Every step that has come to something, those that are not kept left out. */
  async solved(): Promise<Solved<R>[]> {
    const all = await Promise.all(this.#solved.values());
    return all.filter(({ step }) => step.ephemeral !== true);
  }

  #solve(step: Step<R>): Promise<Solved<R>> {
    const known = this.#solved.get(step);
    if (known !== undefined) return known;
    const solving = this.#make(step);
    this.#solved.set(step, solving);
    solving.catch((error: unknown) => this.#abort.abort(error));
    return solving;
  }

  async #make(step: Step<R>): Promise<Solved<R>> {
    const inputs = await Promise.all(step.inputs.map((input) => this.#solve(input)));
    const { signal } = this.#abort;
    signal.throwIfAborted();
    try {
      const results = inputs.map(({ result }) => result);
      const manifest = await step.manifest(results, signal);
      signal.throwIfAborted();
      const key = cacheKey(manifest);
      const result = this.#known(step, key, manifest) ?? (await this.#get(step, inputs, { key, manifest }));
      return { step, result, key };
    } catch (error) {
      this.#options.observe(step, { kind: "failed", error });
      throw error;
    }
  }

  #known(step: Step<R>, key: string, manifest: Manifest): R | undefined {
    if (step.ignoreCache === true) return undefined;
    const found = this.#cache.find(key);
    if (found === undefined) return undefined;
    this.#options.hold(found.result);
    this.#cache.used(found.id, { slot: step.slot, key, manifest });
    this.#options.observe(step, { kind: "done", cached: true });
    return found.result;
  }

  /** By importing it, or else by running the step. */
  async #get(step: Step<R>, inputs: readonly Solved<R>[], named: Named): Promise<R> {
    const { observe } = this.#options;
    const wanted = step.ignoreCache !== true && step.ephemeral !== true;
    const fetch = wanted ? await this.#options.imported?.(named.key, inputs[0]?.result) : undefined;
    // Another build may have made it while caches were asked.
    const known = fetch === undefined ? undefined : this.#known(step, named.key, named.manifest);
    if (known !== undefined) return known;
    if (fetch === undefined) {
      const changes = this.#changesSince(step, named.manifest);
      observe(step, { kind: "missed", ...(changes !== undefined && { changes }) });
    }
    observe(step, { kind: "started" });
    const work = this.#shared(step, named.key, (context) =>
      this.#work(step, inputs, named, { context, fetch }),
    );
    const { result, origin } = await work.join(this.#abort.signal, (event) => observe(step, event));
    this.#options.hold(result);
    // What is not kept was there before: as good as known.
    const cached = origin !== undefined || step.ephemeral === true;
    observe(step, { kind: "done", cached, ...(origin !== undefined && { origin }) });
    return result;
  }

  #changesSince(step: Step<R>, manifest: Manifest): Change[] | undefined {
    const before = step.ephemeral === true ? undefined : this.#cache.previous(step.slot);
    return before && manifestChanges(before, manifest);
  }

  #shared(step: Step<R>, key: string, work: (context: StepContext) => Promise<Made<R>>): SharedWork<Made<R>> {
    const running = this.#running.get(key);
    if (running?.open === true && step.ignoreCache !== true) return running;
    const started = new SharedWork(work);
    this.#running.set(key, started);
    void started.settled.then(() => {
      if (this.#running.get(key) === started) this.#running.delete(key);
    });
    return started;
  }

  async #work(
    step: Step<R>,
    inputs: readonly Solved<R>[],
    { key, manifest }: Named,
    { context, fetch }: { context: StepContext; fetch: Importing<R> | undefined },
  ): Promise<Made<R>> {
    const made = (fetch && (await this.#import(step, fetch, context))) ?? {
      result: await step.run(
        inputs.map((input) => input.result),
        context,
      ),
    };
    this.#options.hold(made.result);
    const parents = inputs.map((input) => input.key);
    if (step.ephemeral !== true) this.#cache.save({ key, step, manifest, parents, result: made.result });
    return made;
  }

  /** Undefined where it fails: then the step can still be run. */
  async #import(
    step: Step<R>,
    fetch: Importing<R>,
    { signal }: StepContext,
  ): Promise<ImportedResult<R> | undefined> {
    try {
      return await fetch(signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#options.importFailed?.(step, error);
      return undefined;
    }
  }
}

/** What a step's result is known by. */
interface Named {
  key: string;
  manifest: Manifest;
}
