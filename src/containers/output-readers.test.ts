import { expect, test } from "bun:test";
import { OutputReaders } from "./output-readers.ts";

/** A bound that only a hanging test meets. */
const longMs = 60_000;

test("nobody reads: there is nothing to wait for", async () => {
  await new OutputReaders().served("a", longMs);
});

test("every reader of the container is waited for, no other's", async () => {
  const readers = new OutputReaders();
  const [first, second] = [readers.add("a"), readers.add("a")];
  readers.add("b");
  const order: string[] = [];
  const served = readers.served("a", longMs).then(() => order.push("served"));
  order.push("first");
  first();
  await Promise.resolve();
  order.push("second");
  second();
  await served;
  expect(order).toEqual(["first", "second", "served"]);
  await readers.served("a", longMs);
});

test("one that reads nothing is not waited for longer than was said", async () => {
  const readers = new OutputReaders();
  readers.add("a");
  await readers.served("a", 1);
});
