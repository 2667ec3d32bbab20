import { expect, test } from "bun:test";
import { Readable } from "node:stream";
import { OutputShelf } from "./output-shelf.ts";

const failOn = (error: unknown) => {
  throw error;
};

test("a result is fetched once and given back at its end", async () => {
  const shelf = new OutputShelf(failOn);
  const released = Promise.withResolvers<void>();
  const id = shelf.put({ open: () => Readable.from(["tree"]), release: () => released.resolve() });
  const texts: string[] = [];
  for await (const chunk of await shelf.take(id)) texts.push(String(chunk));
  await released.promise;
  expect(texts).toEqual(["tree"]);
  expect(shelf.take(id)).rejects.toThrow("no such build output");
});

test("a result that cannot be opened, or is left half read, is given back, too", async () => {
  const shelf = new OutputShelf(failOn);
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const broken = shelf.put({ open: () => Promise.reject(new Error("gone")), release: () => first.resolve() });
  expect(shelf.take(broken)).rejects.toThrow("gone");
  await first.promise;
  const long = shelf.put({ open: () => Readable.from(["a", "b"]), release: () => second.resolve() });
  (await shelf.take(long)).destroy();
  await second.promise;
});
