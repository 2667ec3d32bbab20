import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CacheSharing } from "../../instructions/run-mount.ts";
import { CacheMounts } from "./cache-mounts.ts";

const never = new AbortController().signal;
let root: string;
let caches: CacheMounts;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "caches-"));
  caches = new CacheMounts(root);
});
afterEach(() => rmSync(root, { recursive: true }));

const request = (sharing: CacheSharing) => ({ id: "apt", sharing, mode: 0o755, uid: 0, gid: 0 });

describe("a cache that is locked", () => {
  test("is had by one at a time, however many ask at once", async () => {
    let users = 0;
    const most: number[] = [];
    const use = async () => {
      const cache = await caches.take(request("locked"), never);
      users += 1;
      most.push(users);
      await new Promise((resolve) => setImmediate(resolve));
      users -= 1;
      cache.release();
    };
    await Promise.all([use(), use(), use(), use()]);
    expect(most).toEqual([1, 1, 1, 1]);
  });

  test("is not waited for by who gave up, and goes to the next", async () => {
    const first = await caches.take(request("locked"), never);
    const ended = new AbortController();
    const second = caches.take(request("locked"), ended.signal).catch(String);
    const third = caches.take(request("locked"), never);
    ended.abort(new Error("given up"));
    expect(await second).toContain("given up");
    first.release();
    expect((await third).directory).toBe(first.directory);
  });
});

test("a shared one is the same for all, a private one another", async () => {
  const [one, two] = [
    await caches.take(request("shared"), never),
    await caches.take(request("shared"), never),
  ];
  const three = await caches.take(request("private"), never);
  expect(two.directory).toBe(one.directory);
  expect(three.directory).not.toBe(one.directory);
  expect([one.isNew, two.isNew, three.isNew]).toEqual([true, false, true]);
});
