import { expect, test } from "bun:test";
import { cacheKey, manifestChanges } from "./cache-key.ts";
import { type NewResult, type ResultCache, Solver } from "./solver.ts";
import type { Manifest, Step, StepContext, StepEvent } from "./step.ts";

/** Results in memory. */
class MemoryCache implements ResultCache<string> {
  readonly saved = new Map<string, NewResult<string>>();
  readonly slots = new Map<string, Manifest>();
  readonly uses: string[] = [];

  find(key: string) {
    const found = this.saved.get(key);
    return found && { id: key, result: found.result };
  }

  used(id: string, { slot, manifest }: { slot: string; manifest: Manifest }): void {
    this.uses.push(id);
    this.slots.set(slot, manifest);
  }

  save(result: NewResult<string>): void {
    this.saved.set(result.key, result);
    this.slots.set(result.step.slot, result.manifest);
  }

  previous(slot: string): Manifest | undefined {
    return this.slots.get(slot);
  }
}

interface StepOptions {
  inputs?: Step<string>[];
  reads?: Record<string, string>;
  work?: (inputs: readonly string[], context: StepContext) => Promise<string>;
  ignoreCache?: boolean;
}

function stepNamed(
  name: string,
  { inputs = [], reads = {}, work, ignoreCache = false }: StepOptions = {},
): Step<string> {
  return {
    name,
    slot: name,
    type: "regular",
    inputs,
    ignoreCache,
    manifest: (results) => ({ ...reads, name, inputs: results.join(" ") }),
    run: work ?? (async (results) => `${name}(${results.join(" ")})`),
  };
}

/** One step on another that reads a file. */
function graph(content: string): Step<string> {
  return stepNamed("top", { inputs: [stepNamed("copy", { reads: { "file /a": content } })] });
}

/** One build, with what it observed. */
function build(solver: Solver<string>, signal = new AbortController().signal) {
  const events: [string, StepEvent][] = [];
  const held: string[] = [];
  const running = solver.build({
    signal,
    hold: (result) => void held.push(result),
    observe: (step, event) => void events.push([step.name, event]),
  });
  const ran = () => events.filter(([, { kind }]) => kind === "started").map(([name]) => name);
  return { running, events, held, ran, result: (step: Step<string>) => running.result(step) };
}

test("a step that several stand on is made once, and only what is asked for is made", async () => {
  const base = stepNamed("base");
  const left = stepNamed("left", { inputs: [base] });
  const right = stepNamed("right", { inputs: [base] });
  stepNamed("unused", { inputs: [base] });
  const { result, ran } = build(new Solver(new MemoryCache()));
  expect(await result(stepNamed("top", { inputs: [left, right] }))).toBe("top(left(base()) right(base()))");
  expect(ran().sort()).toEqual(["base", "left", "right", "top"]);
});

test("what is known is not made again, by what it reads and not by who asks", async () => {
  const solver = new Solver(new MemoryCache());
  await build(solver).result(graph("one"));
  const again = build(solver);
  await again.result(graph("one"));
  expect(again.ran()).toEqual([]);
  expect(again.held).toEqual(["copy()", "top(copy())"]);
  const changed = build(solver);
  await changed.result(graph("two"));
  // The copy gives the same result as before, so that what stands on it is known.
  expect(changed.ran()).toEqual(["copy"]);
  expect(changed.events.find(([, { kind }]) => kind === "missed")?.[1]).toEqual({
    kind: "missed",
    changes: [{ kind: "changed", input: "file /a", before: "one", after: "two" }],
  });
});

test("a step that ignores the cache runs, and its result is kept", async () => {
  const cache = new MemoryCache();
  const solver = new Solver(cache);
  await build(solver).result(stepNamed("a"));
  const again = build(solver);
  await again.result(stepNamed("a", { ignoreCache: true }));
  expect(again.ran()).toEqual(["a"]);
  expect(cache.saved.size).toBe(1);
});

test("independent steps run side by side", async () => {
  const meeting = Promise.withResolvers<void>();
  let there = 0;
  const work = async () => {
    there += 1;
    if (there === 2) meeting.resolve();
    await meeting.promise;
    return "met";
  };
  const inputs = [stepNamed("left", { work }), stepNamed("right", { work })];
  expect(await build(new Solver(new MemoryCache())).result(stepNamed("top", { inputs }))).toBe(
    "top(met met)",
  );
});

test("the same step of two builds runs once; both see its output, from its beginning", async () => {
  const solver = new Solver(new MemoryCache());
  const [started, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const step = () =>
    stepNamed("slow", {
      work: async (_inputs, { output }) => {
        output("stdout", Buffer.from("early"));
        started.resolve();
        await finish.promise;
        output("stderr", Buffer.from("late"));
        return "result";
      },
    });
  const [first, second] = [build(solver), build(solver)];
  const results = [first.result(step())];
  await started.promise;
  results.push(second.result(step()));
  await Bun.sleep(0);
  finish.resolve();
  expect(await Promise.all(results)).toEqual(["result", "result"]);
  for (const { events } of [first, second]) {
    const printed = events.flatMap(([, event]) =>
      event.kind === "output" ? [Buffer.from(event.data).toString()] : [],
    );
    expect(printed).toEqual(["early", "late"]);
  }
});

test("one build's end does not end what another waits for; the last one's does, and waits for its end", async () => {
  const solver = new Solver(new MemoryCache());
  const started = Promise.withResolvers<void>();
  let gaveBack = false;
  const step = () =>
    stepNamed("slow", {
      work: (_inputs, { signal }) =>
        new Promise((_resolve, reject) => {
          started.resolve();
          signal.addEventListener("abort", () =>
            setTimeout(() => {
              gaveBack = true;
              reject(new Error("ended"));
            }, 5),
          );
        }),
    });
  const [one, two] = [new AbortController(), new AbortController()];
  const [first, second] = [build(solver, one.signal), build(solver, two.signal)];
  const results = [first.result(step()), second.result(step())];
  for (const result of results) result.catch(() => {});
  await started.promise;
  one.abort(new Error("left"));
  expect(results[0]).rejects.toThrow("left");
  await first.running.settled();
  expect(gaveBack).toBe(false);
  two.abort(new Error("left, too"));
  await second.running.settled();
  expect(gaveBack).toBe(true);
});

test("the first failure ends everything else of the build", async () => {
  const slow = stepNamed("slow", {
    work: (_inputs, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("ended")))),
  });
  const bad = stepNamed("bad", { work: async () => Promise.reject(new Error("broken")) });
  const { result, running } = build(new Solver(new MemoryCache()));
  expect(result(stepNamed("top", { inputs: [slow, bad] }))).rejects.toThrow("broken");
  await running.settled();
});

test("a failed step is tried again by the next build", async () => {
  const solver = new Solver(new MemoryCache());
  let attempts = 0;
  const step = () =>
    stepNamed("flaky", {
      work: async () => {
        attempts += 1;
        if (attempts === 1) throw new Error("broken");
        return "fine";
      },
    });
  await build(solver)
    .result(step())
    .catch(() => {});
  expect(await build(solver).result(step())).toBe("fine");
});

test("keys do not depend on the order of names, and tell names from values", () => {
  expect(cacheKey({ a: "1", b: "2" })).toBe(cacheKey({ b: "2", a: "1" }));
  expect(cacheKey({ a: "1" })).not.toBe(cacheKey({ a: "2" }));
  expect(cacheKey({ a: "b" })).not.toBe(cacheKey({ ab: "" }));
});

test("changes are named with what was and what is", () => {
  expect(manifestChanges({ a: "1", b: "2", same: "x" }, { b: "3", c: "4", same: "x" })).toEqual([
    { kind: "removed", input: "a", before: "1" },
    { kind: "changed", input: "b", before: "2", after: "3" },
    { kind: "added", input: "c", after: "4" },
  ]);
});

test("what another cache knows is fetched instead of made; where that fails the step runs", async () => {
  const cache = new MemoryCache();
  const failures: unknown[] = [];
  const events: [string, StepEvent][] = [];
  const asked: [string, string | undefined][] = [];
  const step = stepNamed("top", { inputs: [stepNamed("lost", { inputs: [stepNamed("base")] })] });
  const fetchable = new Map<string, () => Promise<{ result: string; origin: string }>>([
    [cacheKey({ name: "base", inputs: "" }), async () => ({ result: "imported", origin: "elsewhere" })],
    [cacheKey({ name: "lost", inputs: "imported" }), () => Promise.reject(new Error("damaged"))],
  ]);
  const running = new Solver(cache).build({
    signal: new AbortController().signal,
    hold: () => {},
    observe: (each, event) => void events.push([each.name, event]),
    imported: async (key, below) => {
      asked.push([key, below]);
      return fetchable.get(key);
    },
    importFailed: (_, error) => void failures.push(error),
  });
  expect(await running.result(step)).toBe("top(lost(imported))");
  expect(asked.map(([, below]) => below)).toEqual([undefined, "imported", "lost(imported)"]);
  expect(events).toContainEqual(["base", { kind: "done", cached: true, origin: "elsewhere" }]);
  expect(events).toContainEqual(["lost", { kind: "done", cached: false }]);
  expect(failures).toEqual([new Error("damaged")]);
  // From now on it is known here.
  expect(cache.find(cacheKey({ name: "base", inputs: "" }))?.result).toBe("imported");
});
