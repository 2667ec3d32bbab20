import { afterAll, describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { messageOf } from "../../../base/errors.ts";
import { check, libc } from "../../../linux/libc.ts";
import { unixAddress } from "../../../linux/unix-address.ts";
import type { LogMessage } from "./log-sink.ts";
import { openSyslog } from "./syslog-sink.ts";

const root = mkdtempSync(join(tmpdir(), "syslog-"));
afterAll(() => rmSync(root, { recursive: true }));

const messages: LogMessage[] = ["first", "second"].map((text) => ({
  stream: "stdout",
  time: "2026-01-02T03:04:05.120000000Z",
  line: Buffer.from(text),
  partial: false,
}));
const host = "127.0.0.1";
const head = /^<30>1 2026-01-02T03:04:05Z \S+ T \d+ T - /;

/** Delivers the messages to a server by the options. */
async function deliver(options: Record<string, string>): Promise<void> {
  const sink = await openSyslog({
    driver: "syslog",
    options: { "syslog-format": "rfc5424", ...options },
    attributes: {},
    tag: "T",
    container: { id: "0123456789abcdef", name: "web", image: "img:1" },
    path: "",
  });
  await sink.send(messages);
  sink.close();
}

/** Why it cannot be delivered. */
async function failure(options: Record<string, string>): Promise<string> {
  return await deliver(options).then(() => "delivered", messageOf);
}

/** All that one client sends to a server, to its end. */
async function received(server: Server, where: number | string): Promise<{ text: Promise<string> }> {
  const text = once(server, server instanceof TlsServer ? "secureConnection" : "connection").then(
    async ([socket]: Socket[]) => {
      const parts: Buffer[] = [];
      for await (const part of socket ?? []) parts.push(part as Buffer);
      return Buffer.concat(parts).toString();
    },
  );
  if (typeof where === "string") server.listen(where);
  else server.listen(where, host);
  await once(server, "listening");
  return { text };
}

const TlsServer = createTlsServer().constructor as new () => Server;

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      expect(line).toMatch(head);
      return line.replace(head, "");
    });
}

describe("syslog reaches a server by", () => {
  test("udp: a datagram a line", async () => {
    const server = createSocket("udp4");
    server.bind(0, host);
    await once(server, "listening");
    const datagrams: string[] = [];
    const all = Promise.withResolvers<void>();
    server.on("message", (data) => {
      datagrams.push(data.toString());
      if (datagrams.length === messages.length) all.resolve();
    });
    await deliver({ "syslog-address": `udp://${host}:${server.address().port}` });
    await all.promise;
    expect(datagrams.flatMap(linesOf)).toEqual(["first", "second"]);
    server.close();
  });

  test("tcp", async () => {
    const server = createServer();
    const { text } = await received(server, 0);
    await deliver({ "syslog-address": `tcp://${host}:${portOf(server)}` });
    expect(linesOf(await text)).toEqual(["first", "second"]);
    server.close();
  });

  test("a unix stream socket", async () => {
    const path = join(root, "stream");
    const server = createServer();
    const { text } = await received(server, path);
    await deliver({ "syslog-address": `unix://${path}` });
    expect(linesOf(await text)).toEqual(["first", "second"]);
    server.close();
  });

  test("a unix datagram socket: a datagram a line", async () => {
    const path = join(root, "datagram");
    const address = unixAddress(path);
    const [unixFamily, datagramType] = [1, 2];
    const fd = check(libc.socket(unixFamily, datagramType, 0), "socket");
    check(libc.bind(fd, address, address.length), "bind");
    await deliver({ "syslog-address": `unixgram://${path}` });
    const buffer = Buffer.alloc(1024);
    const next = () => buffer.toString("utf8", 0, Number(libc.recv(fd, buffer, buffer.length, 0)));
    expect([next(), next()].flatMap(linesOf)).toEqual(["first", "second"]);
    libc.close(fd);
  });
});

describe("syslog over TLS", () => {
  const key = join(root, "key.pem");
  execFileSync("openssl", ["ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", key]);
  const [cert, other, named] = [
    certificate("cert.pem", `IP:${host}`),
    certificate("other.pem", `IP:${host}`),
    certificate("named.pem", "DNS:elsewhere"),
  ];

  function certificate(name: string, subject: string): string {
    const path = join(root, name);
    const request = ["req", "-x509", "-key", key, "-out", path, "-subj", `/CN=${name}`];
    execFileSync("openssl", [...request, "-addext", `subjectAltName=${subject}`]);
    return path;
  }

  async function server(options: { requestCert?: boolean } = {}, own = cert) {
    const tls = createTlsServer({
      key: readFileSync(key),
      cert: readFileSync(own),
      ca: readFileSync(cert),
      ...options,
    });
    tls.on("tlsClientError", () => undefined);
    const { text } = await received(tls, 0);
    return { text, address: `tcp+tls://${host}:${portOf(tls)}`, close: () => tls.close() };
  }

  test("each message is preceded by its length, and the server proves itself by a given authority", async () => {
    const { text, address, close } = await server();
    await deliver({ "syslog-address": address, "syslog-tls-ca-cert": cert });
    const [first = "", second = ""] = (await text).split("\n");
    expect(first).toMatch(/^\d+ <30>1 .* - first$/);
    expect(Number(first.split(" ", 1)[0])).toBe(first.length - first.indexOf("<") + 1);
    expect(second).toMatch(/^\d+ <30>1 .* - second$/);
    close();
  });

  test("a client's certificate is shown", async () => {
    const { text, address, close } = await server({ requestCert: true });
    const own = { "syslog-tls-cert": cert, "syslog-tls-key": key };
    await deliver({ "syslog-address": address, "syslog-tls-ca-cert": cert, ...own });
    expect(await text).toContain("second");
    close();
  });

  test("a server that another authority vouches for is refused, but for skip-verify", async () => {
    const refusing = await server();
    const options = { "syslog-address": refusing.address, "syslog-tls-ca-cert": other };
    expect(await failure(options)).toContain(`dial tcp ${refusing.address.slice("tcp+tls://".length)}`);
    refusing.close();
    const { text, address, close } = await server();
    await deliver({ "syslog-address": address, "syslog-tls-skip-verify": "true" });
    expect(await text).toContain("first");
    close();
  });

  test("a server whose certificate is for another place is refused", async () => {
    const { address, close } = await server({}, named);
    const options = { "syslog-address": address, "syslog-tls-ca-cert": named };
    expect(await failure(options)).toContain("dial tcp");
    close();
  });

  test("an authority's file that is not there is named", async () => {
    const missing = join(root, "none.pem");
    expect(
      await failure({ "syslog-address": `tcp+tls://${host}:1`, "syslog-tls-ca-cert": missing }),
    ).toContain(`could not read CA certificate "${missing}"`);
  });
});
