import { expect, test } from "bun:test";
import type { OutputChunk } from "../runtime-service.ts";
import { OutputQueue } from "./output-queue.ts";

function chunk(text: string, stream: OutputChunk["stream"] = "stdout"): OutputChunk {
  return { stream, data: Buffer.from(text) };
}

async function drain(queue: OutputQueue): Promise<string[]> {
  const texts: string[] = [];
  for await (const { stream, data } of queue) texts.push(`${stream}:${Buffer.from(data).toString()}`);
  return texts;
}

test("joins neighbours of one stream, never across streams", async () => {
  const queue = new OutputQueue(
    () => undefined,
    () => undefined,
  );
  for (const one of [chunk("a"), chunk("b"), chunk("c", "stderr"), chunk("d")]) queue.push(one);
  queue.end();
  expect(await drain(queue)).toEqual(["stdout:ab", "stderr:c", "stdout:d"]);
});

test("pauses its source when full and resumes it when read", async () => {
  const calls: string[] = [];
  const queue = new OutputQueue(
    () => calls.push("pause"),
    () => calls.push("resume"),
  );
  const piece = "x".repeat(64 * 1024);
  for (let count = 0; count < 6; count += 1) queue.push(chunk(piece));
  expect(calls).toEqual(["pause"]);
  for (let count = 0; count < 6; count += 1) await queue.next();
  expect(calls).toEqual(["pause", "resume"]);
  queue.end();
  expect((await queue.next()).done).toBe(true);
});
