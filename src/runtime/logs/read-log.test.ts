import { afterAll, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compressSegment } from "./compressed-segment.ts";
import { LogDirectory } from "./log-directory.ts";
import { type LogQuery, readLog } from "./read-log.ts";

const directory = mkdtempSync(join(tmpdir(), "runtime-log-"));
afterAll(() => rmSync(directory, { recursive: true }));
let files = 0;

/** A log of one segment each text; the last is written to. */
function logOf(...texts: string[]): LogDirectory {
  files += 1;
  const log = new LogDirectory(join(directory, String(files)));
  mkdirSync(log.path);
  for (const text of texts) begin(log, text);
  return log;
}

/** What conmon does when it begins its file anew. */
function begin(log: LogDirectory, text: string): void {
  writeFileSync(`${log.current}.tmp`, text);
  renameSync(`${log.current}.tmp`, log.current);
  log.segments();
}

async function compressFinished(log: LogDirectory): Promise<void> {
  for (const segment of log.segments().slice(0, -1))
    await compressSegment(segment.path, log.compressedPath(segment));
}

function record(second: number, stream: string, tag: string, content: string): string {
  return `2026-01-01T00:00:${String(second).padStart(2, "0")}.123456789+00:00 ${stream} ${tag} ${content}\n`;
}

function query(change: Partial<LogQuery> = {}): LogQuery {
  return {
    stdout: true,
    stderr: true,
    tail: Number.POSITIVE_INFINITY,
    timestamps: false,
    follow: false,
    ended: Promise.resolve(),
    signal: new AbortController().signal,
    ...change,
  };
}

async function read(log: LogDirectory, change: Partial<LogQuery> = {}): Promise<string> {
  let text = "";
  for await (const { stream, data } of readLog(log.path, query(change)))
    text += `${stream[3]}:${Buffer.from(data).toString()}|`;
  return text;
}

function time(second: number): string {
  return `2026-01-01T00:00:0${second}.123456789Z `;
}

function at(second: number, nanoseconds = 0) {
  return { seconds: Date.parse("2026-01-01T00:00:00Z") / 1000 + second, nanoseconds };
}

const sample =
  record(1, "stdout", "F", "one") +
  record(2, "stderr", "F", "two") +
  record(3, "stdout", "P", "thr") +
  record(4, "stdout", "F", "ee") +
  record(5, "stdout", "F", "") +
  record(6, "stdout", "P", "end");

test("joins lines of one stream and leaves out newlines that were not written", async () => {
  expect(await read(logOf(sample))).toBe("o:one\n|e:two\n|o:three\n\nend|");
});

test("filters by stream and time", async () => {
  const path = logOf(sample);
  expect(await read(path, { stderr: false })).toBe("o:one\nthree\n\nend|");
  expect(await read(path, { since: at(2), until: at(5) })).toBe("e:two\n|o:three\n|");
  expect(await read(path, { since: at(2, 200_000_000) })).toBe("o:three\n\nend|");
  // To the nanosecond, as `logs -t` shows it.
  expect(await read(path, { since: at(2, 123_456_789), until: at(2, 123_456_789) })).toBe("e:two\n|");
});

test("puts the time before each line, not before its pieces", async () => {
  expect(await read(logOf(sample), { timestamps: true })).toBe(
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
  expect(await read(logOf(sample), { tail })).toBe(expected);
});

test("tails across blocks of a long log", async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => record(1, "stdout", "F", `line ${index}`));
  expect(await read(logOf(lines.join("")), { tail: 3 })).toBe("o:line 19997\nline 19998\nline 19999\n|");
  const all = await read(logOf(lines.join("")), { tail: 15_000 });
  expect(all.replaceAll("|o:", "").split("\n")[0]).toBe("o:line 5000");
});

test("an absent log is empty", async () => {
  expect(await read(new LogDirectory(join(directory, "none")))).toBe("");
});

/** A line a second, in segments of the given lengths. */
function segmentsOf(...lengths: number[]): string[] {
  let line = 0;
  return lengths.map((length) =>
    Array.from({ length }, () => {
      const second = Math.floor(line / 60);
      const text = `2026-01-01T00:${String(second).padStart(2, "0")}:${String(line % 60).padStart(2, "0")}.000000000+00:00 stdout F ${line}\n`;
      line += 1;
      return text;
    }).join(""),
  );
}

for (const compressed of [false, true]) {
  test(`reads across segments, compressed: ${compressed}`, async () => {
    const log = logOf(...segmentsOf(100, 300, 7));
    if (compressed) await compressFinished(log);
    const numbers = async (change: Partial<LogQuery>) =>
      (await read(log, change))
        .replaceAll("|o:", "")
        .replace(/^o:|\n\|$/g, "")
        .split("\n")
        .map(Number);
    expect(await numbers({})).toEqual(Array.from({ length: 407 }, (_, index) => index));
    for (const tail of [1, 7, 8, 306, 307, 308, 407, 500]) {
      const shown = await numbers({ tail });
      expect([tail, shown.length, shown[0]]).toEqual([tail, Math.min(tail, 407), Math.max(407 - tail, 0)]);
    }
    for (const since of [0, 1, 99, 100, 101, 399, 400, 406]) {
      expect((await numbers({ since: at(since) }))[0]).toBe(since);
      expect(await numbers({ since: at(since), until: at(since) })).toEqual([since]);
    }
    expect(await read(log, { since: at(407) })).toBe("");
    expect((await numbers({ since: at(398), tail: 3 }))[0]).toBe(404);
  });
}

test("finds a time by halving, not by reading all", async () => {
  const log = logOf(
    Array.from({ length: 200_000 }, (_, line) => {
      const time = new Date(Date.UTC(2026, 0, 1) + line * 1000).toISOString().slice(0, 19);
      return `${time}.000000000+00:00 stdout F ${line}\n`;
    }).join(""),
  );
  expect(await read(log, { since: at(199_998) })).toBe("o:199998\n199999\n|");
  expect(await read(log, { since: at(100_000), until: at(100_000) })).toBe("o:100000\n|");
});

test("details come before each line, behind the time", async () => {
  const log = logOf(
    record(1, "stdout", "F", "one") + record(2, "stdout", "P", "tw") + record(2, "stdout", "F", "o"),
  );
  expect(await read(log, { details: "a=b" })).toBe("o:a=b one\na=b two\n|");
  expect(await read(log, { details: "", timestamps: true })).toBe(`o:${time(1)} one\n${time(2)} two\n|`);
});

test("binary output comes back byte for byte", async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value).filter((value) => value !== 10));
  const log = logOf("");
  appendFileSync(
    log.current,
    Buffer.concat([Buffer.from(record(1, "stdout", "P", "").slice(0, -1)), bytes, Buffer.from("\n")]),
  );
  const chunks: Buffer[] = [];
  for await (const { data } of readLog(log.path, query())) chunks.push(Buffer.from(data));
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
});

test("follows a log that grows in pieces, goes on in new segments, and ends", async () => {
  const log = logOf(record(1, "stdout", "F", "one"));
  const ended = Promise.withResolvers<void>();
  const chunks = readLog(log.path, query({ follow: true, ended: ended.promise }));
  const next = async () => {
    const { value } = await chunks.next();
    return value === undefined ? undefined : Buffer.from(value.data).toString();
  };
  expect(await next()).toBe("one\n");
  const two = record(2, "stdout", "F", "two");
  appendFileSync(log.current, two.slice(0, 20));
  const second = next();
  appendFileSync(log.current, two.slice(20));
  expect(await second).toBe("two\n");
  appendFileSync(log.current, record(3, "stdout", "F", "three"));
  begin(log, record(4, "stdout", "F", "four"));
  begin(log, record(5, "stdout", "F", "five"));
  await compressFinished(log);
  expect(await next()).toBe("three\nfour\nfive\n");
  const last = next();
  ended.resolve();
  expect(await last).toBeUndefined();
});

test("stops following when aborted", async () => {
  const abort = new AbortController();
  const chunks = readLog(
    logOf("").path,
    query({ follow: true, ended: new Promise(() => undefined), signal: abort.signal }),
  );
  const next = chunks.next();
  abort.abort();
  expect((await next).done).toBe(true);
});
