import { afterAll, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { check, libc } from "../../../linux/libc.ts";
import { unixAddress } from "../../../linux/unix-address.ts";
import { LogDirectory } from "../log-directory.ts";
import { openJournal } from "./journald-sink.ts";
import { LogDelivery } from "./log-delivery.ts";
import type { LogMessage, LogTarget } from "./log-sink.ts";
import { MessageAssembler } from "./message-assembler.ts";
import { openSyslog } from "./syslog-sink.ts";

const root = mkdtempSync(join(tmpdir(), "log-delivery-"));
afterAll(() => rmSync(root, { recursive: true }));
let made = 0;

function record(stream: string, tag: string, content: string | Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`2026-01-02T03:04:05.120000000+00:00 ${stream} ${tag} `),
    Buffer.from(content as string),
    Buffer.from("\n"),
  ]);
}

function newLog(): LogDirectory {
  made += 1;
  const log = new LogDirectory(join(root, `log${made}`));
  log.prepare();
  return log;
}

function target(change: Partial<LogTarget> = {}): LogTarget {
  made += 1;
  return {
    driver: "json-file",
    options: {},
    attributes: {},
    tag: "0123456789ab",
    container: { id: "0123456789abcdef", name: "web", image: "img:1" },
    path: join(root, `${made}-json.log`),
    ...change,
  };
}

function failed(error: unknown): void {
  throw error;
}

describe("messages", () => {
  test("pieces are joined; what stands open is kept over a restart", () => {
    const first = new MessageAssembler();
    const block = Buffer.concat([
      record("stdout", "P", "ab"),
      record("stderr", "F", "err"),
      record("stdout", "P", "cd"),
    ]);
    expect(first.add(block).map(({ line }) => line.toString())).toEqual(["err"]);
    const second = new MessageAssembler(first.openLines);
    expect(second.add(record("stdout", "F", "ef")).map(({ line }) => line.toString())).toEqual(["abcdef"]);
    expect(second.end()).toEqual([]);
  });

  test("long lines come in pieces of 16 KiB", () => {
    const assembler = new MessageAssembler();
    const messages = [8192, 8192, 8192].flatMap((size) =>
      assembler.add(record("stdout", "P", "x".repeat(size))),
    );
    messages.push(...assembler.add(record("stdout", "F", "end")));
    expect(messages.map(({ line, partial }) => [line.length, partial])).toEqual([
      [16384, true],
      [8195, false],
    ]);
  });
});

describe("json-file", () => {
  test("each line as dockerd writes it", async () => {
    const log = newLog();
    const to = target({ attributes: { tag: "<web>", a: "1" } });
    appendFileSync(log.current, record("stdout", "F", 'q"b\\s\t<&>'));
    appendFileSync(log.current, record("stderr", "F", Buffer.from([0xff, 0x41])));
    appendFileSync(log.current, record("stdout", "P", "part"));
    const delivery = new LogDelivery(log, to, failed);
    await delivery.finish();
    expect(readFileSync(to.path, "utf8")).toBe(
      [
        String.raw`{"log":"q\"b\\s\u0009\u003c\u0026\u003e\n","stream":"stdout","attrs":{"a":"1","tag":"\u003cweb\u003e"},"time":"2026-01-02T03:04:05.12Z"}`,
        String.raw`{"log":"\ufffdA\n","stream":"stderr","attrs":{"a":"1","tag":"\u003cweb\u003e"},"time":"2026-01-02T03:04:05.12Z"}`,
        String.raw`{"log":"part","stream":"stdout","attrs":{"a":"1","tag":"\u003cweb\u003e"},"time":"2026-01-02T03:04:05.12Z"}`,
        "",
      ].join("\n"),
    );
  });

  test("files of max-size, the older ones compressed, the oldest gone", async () => {
    const log = newLog();
    const to = target({ options: { "max-size": "1000", "max-file": "3", compress: "true" } });
    for (let line = 0; line < 100; line += 1)
      appendFileSync(log.current, record("stdout", "F", `line ${line}`));
    await new LogDelivery(log, to, failed).finish();
    const texts = [
      gunzipSync(readFileSync(`${to.path}.2.gz`)).toString(),
      gunzipSync(readFileSync(`${to.path}.1.gz`)).toString(),
      readFileSync(to.path, "utf8"),
    ];
    const lines = texts
      .join("")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { log: string }).log.trim());
    expect(lines.at(-1)).toBe("line 99");
    expect(lines).toEqual(
      Array.from({ length: lines.length }, (_, index) => `line ${100 - lines.length + index}`),
    );
    for (const text of texts.slice(0, 2))
      expect([text.length >= 1000, text.length < 1100]).toEqual([true, true]);
    expect(existsSync(`${to.path}.3.gz`)).toBe(false);
  });

  test("goes on where an engine that was killed left off, over segments, with no line twice", async () => {
    const log = newLog();
    const to = target();
    appendFileSync(log.current, Buffer.concat([record("stdout", "F", "one"), record("stdout", "P", "tw")]));
    const first = new LogDelivery(log, to, failed);
    await first.open();
    first.poke();
    while (!existsSync(join(log.path, "delivered"))) await Bun.sleep(1);
    first.close();
    // Written, but the note of it was not: the next one writes it again.
    appendFileSync(to.path, '{"log":"half');
    writeFileSync(`${log.current}.tmp`, record("stdout", "F", "o"));
    renameSync(`${log.current}.tmp`, log.current);
    await new LogDelivery(log, to, failed).finish();
    const lines = readFileSync(to.path, "utf8").trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { log: string }).log)).toEqual(["one\n", "two\n"]);
  });
});

const messages: LogMessage[] = [
  { stream: "stdout", time: "2026-01-02T03:04:05.120000000Z", line: Buffer.from("out"), partial: false },
  { stream: "stderr", time: "2026-01-02T03:04:05.120000000Z", line: Buffer.from("err"), partial: true },
];

/** Accepts on a port of its own; `text` settles once so much has come. */
async function tcpServer(bytes: number) {
  const sockets: Socket[] = [];
  const text = Promise.withResolvers<string>();
  let received = "";
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("data", (data) => {
      received += data.toString();
      if (received.length >= bytes) text.resolve(received);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { port, text: text.promise, sockets, server };
}

describe("syslog", () => {
  test.each([
    ["", /^<158>Jan  2 \d\d:04:05 T\[\d+\]: out\n<155>Jan  2 \d\d:04:05 T\[\d+\]: err\n$/],
    ["rfc3164", /^<158>Jan  2 \d\d:04:05 \S+ T\[\d+\]: out\n<155>/],
    ["rfc5424", /^<158>1 2026-01-02T03:04:05Z \S+ T \d+ T - out\n<155>/],
    ["rfc5424micro", /^<158>1 2026-01-02T03:04:05\.120000Z \S+ T \d+ T - out\n<155>/],
  ])("format %p over tcp", async (format, expected) => {
    const { port, text, server } = await tcpServer(60);
    const options = {
      "syslog-address": `tcp://127.0.0.1:${port}`,
      "syslog-facility": "local3",
      "syslog-format": format,
    };
    const sink = await openSyslog(target({ driver: "syslog", options, tag: "T" }));
    await sink.send(messages);
    expect(await text).toMatch(expected);
    sink.close();
    server.close();
  });

  test("a server that is not there keeps it from opening, one that comes back gets the rest", async () => {
    const first = await tcpServer(1);
    const options = { "syslog-address": `tcp://127.0.0.1:${first.port}` };
    const log = newLog();
    const reports: unknown[] = [];
    const delivery = new LogDelivery(log, target({ driver: "syslog", options }), (error) =>
      reports.push(error),
    );
    await delivery.open();
    appendFileSync(log.current, record("stdout", "F", "one"));
    delivery.poke();
    expect(await first.text).toContain("]: one\n");
    for (const socket of first.sockets) socket.destroy();
    await new Promise((resolve) => first.server.close(resolve));
    const refused = new LogDelivery(newLog(), target({ driver: "syslog", options }), failed);
    expect(refused.open()).rejects.toThrow(`dial tcp 127.0.0.1:${first.port}`);
    appendFileSync(log.current, record("stdout", "F", "two"));
    delivery.poke();
    while (reports.length === 0) await Bun.sleep(5);
    const received = Promise.withResolvers<string>();
    const second = createServer((socket) => socket.on("data", (data) => received.resolve(data.toString())));
    await new Promise<void>((resolve) => second.listen(first.port, "127.0.0.1", resolve));
    expect(await received.promise).toContain("]: two\n");
    await delivery.finish();
    second.close();
  });
});

/** A bound SOCK_DGRAM socket, as the journal listens on. */
function datagramServer(path: string): { receive: () => Buffer; close: () => void } {
  const address = unixAddress(path);
  const fd = check(libc.socket(1, 2, 0), "socket");
  check(libc.bind(fd, address, address.length), "bind");
  const buffer = Buffer.alloc(65536);
  return {
    receive: () => Buffer.from(buffer.subarray(0, Number(libc.recv(fd, buffer, buffer.length, 0)))),
    close: () => void libc.close(fd),
  };
}

/** The native protocol, read back. */
function journalFields(datagram: Buffer): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let at = 0; at < datagram.length; ) {
    const end = datagram.indexOf("\n", at);
    const length = Number(datagram.readBigUInt64LE(end + 1));
    fields[datagram.toString("utf8", at, end)] = datagram.toString("utf8", end + 9, end + 9 + length);
    at = end + 9 + length + 1;
  }
  return fields;
}

test("journald: the fields of Docker's driver, by the native protocol", async () => {
  const path = join(root, "journal");
  const server = datagramServer(path);
  const sink = openJournal(
    target({ driver: "journald", attributes: { "my.label": "x\ny" }, tag: "T" }),
    path,
  );
  await sink.send(messages);
  const common = {
    CONTAINER_ID: "0123456789ab",
    CONTAINER_ID_FULL: "0123456789abcdef",
    CONTAINER_NAME: "web",
    CONTAINER_TAG: "T",
    IMAGE_NAME: "img:1",
    SYSLOG_IDENTIFIER: "T",
    MY_LABEL: "x\ny",
    SYSLOG_TIMESTAMP: "2026-01-02T03:04:05.120000000Z",
  };
  expect(journalFields(server.receive())).toEqual({ ...common, PRIORITY: "6", MESSAGE: "out" });
  expect(journalFields(server.receive())).toEqual({
    ...common,
    PRIORITY: "3",
    CONTAINER_PARTIAL_MESSAGE: "true",
    MESSAGE: "err",
  });
  sink.close();
  server.close();
  expect(() => openJournal(target(), join(root, "none"))).toThrow("journald is not enabled on this host");
});
