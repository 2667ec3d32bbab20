import { afterAll, expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LogQuery, readLog } from "./read-log.ts";

const directory = mkdtempSync(join(tmpdir(), "runtime-log-"));
afterAll(() => rmSync(directory, { recursive: true }));
let files = 0;

function logFile(text: string): string {
  files += 1;
  const path = join(directory, `${files}.log`);
  writeFileSync(path, text);
  return path;
}

function record(second: number, stream: string, tag: string, content: string): string {
  return `2026-01-01T00:00:${String(second).padStart(2, "0")}.123456789+00:00 ${stream} ${tag} ${content}\n`;
}

function query(change: Partial<LogQuery> = {}): LogQuery {
  return {
    stdout: true,
    stderr: true,
    since: 0,
    until: 0,
    tail: Number.POSITIVE_INFINITY,
    timestamps: false,
    follow: false,
    ended: Promise.resolve(),
    signal: new AbortController().signal,
    ...change,
  };
}

async function read(path: string, change: Partial<LogQuery> = {}): Promise<string> {
  let text = "";
  for await (const { stream, data } of readLog(path, query(change)))
    text += `${stream[3]}:${Buffer.from(data).toString()}|`;
  return text;
}

function time(second: number): string {
  return `2026-01-01T00:00:0${second}.123456789Z `;
}

const sample =
  record(1, "stdout", "F", "one") +
  record(2, "stderr", "F", "two") +
  record(3, "stdout", "P", "thr") +
  record(4, "stdout", "F", "ee") +
  record(5, "stdout", "F", "") +
  record(6, "stdout", "P", "end");

test("joins lines of one stream and leaves out newlines that were not written", async () => {
  expect(await read(logFile(sample))).toBe("o:one\n|e:two\n|o:three\n\nend|");
});

test("filters by stream and time", async () => {
  const path = logFile(sample);
  expect(await read(path, { stderr: false })).toBe("o:one\nthree\n\nend|");
  const start = Date.parse("2026-01-01T00:00:00Z") / 1000;
  expect(await read(path, { since: start + 2, until: start + 5 })).toBe("e:two\n|o:three\n|");
  expect(await read(path, { since: start + 2.2 })).toBe("o:three\n\nend|");
});

test("puts the time before each line, not before its pieces", async () => {
  expect(await read(logFile(sample), { timestamps: true })).toBe(
    `o:${time(1)}one\n|e:${time(2)}two\n|o:${time(3)}three\n${time(5)}\n${time(6)}end|`,
  );
});

test.each([
  [0, ""],
  [1, "o:end|"],
  [2, "o:\nend|"],
  [3, "o:three\n\nend|"],
  [4, "e:two\n|o:three\n\nend|"],
  [9, "o:one\n|e:two\n|o:three\n\nend|"],
])("tails %d lines", async (tail, expected) => {
  expect(await read(logFile(sample), { tail })).toBe(expected);
});

test("tails across blocks of a long log", async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => record(1, "stdout", "F", `line ${index}`));
  expect(await read(logFile(lines.join("")), { tail: 3 })).toBe("o:line 19997\nline 19998\nline 19999\n|");
  const all = await read(logFile(lines.join("")), { tail: 15_000 });
  expect(all.replaceAll("|o:", "").split("\n")[0]).toBe("o:line 5000");
});

test("an absent log is empty", async () => {
  expect(await read(join(directory, "none"))).toBe("");
});

test("follows a log that grows in pieces, is replaced, and ends", async () => {
  const path = logFile(record(1, "stdout", "F", "one"));
  const ended = Promise.withResolvers<void>();
  const chunks = readLog(path, query({ follow: true, ended: ended.promise }));
  const next = async () => {
    const { value } = await chunks.next();
    return value === undefined ? undefined : Buffer.from(value.data).toString();
  };
  expect(await next()).toBe("one\n");
  const two = record(2, "stdout", "F", "two");
  appendFileSync(path, two.slice(0, 20));
  const second = next();
  appendFileSync(path, two.slice(20));
  expect(await second).toBe("two\n");
  appendFileSync(path, record(3, "stdout", "F", "three"));
  writeFileSync(`${path}.new`, record(4, "stdout", "F", "four"));
  renameSync(`${path}.new`, path);
  expect(await next()).toBe("three\nfour\n");
  const last = next();
  ended.resolve();
  expect(await last).toBeUndefined();
});

test("stops following when aborted", async () => {
  const abort = new AbortController();
  const chunks = readLog(
    logFile(""),
    query({ follow: true, ended: new Promise(() => undefined), signal: abort.signal }),
  );
  const next = chunks.next();
  abort.abort();
  expect((await next).done).toBe(true);
});
