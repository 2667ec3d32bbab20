import { expect, test } from "bun:test";
import type { Container } from "../container.ts";
import { type Activity, LifetimeKeeper, wasActive } from "./lifetime-keeper.ts";

const at = (cpuMs: number, sentBytes = 0): Activity => ({
  cpuNanos: cpuMs * 1e6,
  sentBytes,
  attended: false,
});

function container(lifetime: Container["lifetime"], createdAt = new Date()) {
  return { id: "c", createdAt: createdAt.toISOString(), lifetime } as Container;
}

/** Resolves with what was told of the one container. */
function expiryOf(kept: Container, activity: () => Activity | undefined = () => undefined): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const keeper = new LifetimeKeeper({ activity, expire: (id, why) => resolve(`${id} ${why}`) });
  keeper.keep(kept);
  return promise.finally(() => keeper.close());
}

test("activity: a hundredth of a processor, anything sent, somebody there, a start, an end, another run", () => {
  expect(wasActive(at(0), at(5), 1000)).toBe(false);
  expect(wasActive(at(0), at(20), 1000)).toBe(true);
  expect(wasActive(at(0), at(0, 1), 1000)).toBe(true);
  expect(wasActive(undefined, at(0), 1000)).toBe(true);
  expect(wasActive(at(0), undefined, 1000)).toBe(true);
  expect(wasActive(at(900), at(5), 1000)).toBe(true);
  expect(wasActive(undefined, undefined, 1000)).toBe(false);
  expect(wasActive(at(0), { ...at(0), attended: true }, 1000)).toBe(true);
});

test("a time to live counts from the creation, also one that is over", async () => {
  expect(await expiryOf(container({ ttlMs: 10 }))).toBe("c ttl");
  expect(await expiryOf(container({ ttlMs: 60_000 }, new Date(Date.now() - 60_000)))).toBe("c ttl");
});

test("rest counts from the last activity", async () => {
  let looks = 0;
  const busyTenTimes = () => at((looks = Math.min(looks + 1, 10)) * 1000);
  expect(await expiryOf(container({ idleTtlMs: 20 }), busyTenTimes)).toBe("c idle");
  expect(looks).toBe(10);
});

test("what is forgotten does not end, nor what asked for nothing", async () => {
  const told: string[] = [];
  const keeper = new LifetimeKeeper({ activity: () => undefined, expire: (id) => told.push(id) });
  keeper.keep(container({ ttlMs: 1, idleTtlMs: 1 }));
  keeper.forget("c");
  keeper.keep(container({}));
  keeper.keep(container(undefined));
  expect(await expiryOf(container({ ttlMs: 20 }))).toBe("c ttl");
  expect(told).toEqual([]);
});
