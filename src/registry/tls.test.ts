import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { failureOf } from "../store/testing/failure.ts";
import { ScriptedServer } from "./testing/scripted-server.ts";
import { createTransport } from "./transport.ts";
import { createTrustStore } from "./trust-store.ts";

let directory: string;
const path = (...names: string[]) => join(directory, ...names);

/** A certificate signed by itself, as authority and server or client in one. */
function makeCertificate(name: string): void {
  const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", path(`${name}.key`), "-out", path(`${name}.crt`)];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const { status, stderr } = spawnSync("openssl", ["req", "-x509", ...key, ...subject, ...files]);
  if (status !== 0) throw new Error(stderr.toString());
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "gantry-tls-"));
  makeCertificate("server");
  makeCertificate("client");
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const secure = (more: object = {}) =>
  ScriptedServer.start(() => ({ body: "ok" }), {
    cert: readFileSync(path("server.crt")),
    key: readFileSync(path("server.key")),
    ...more,
  });

/** Asks with the certificates that stand under `certs`, for the server alone. */
async function ask(server: { host: string }, insecure = false): Promise<string> {
  const trust = createTrustStore([path("certs")], {});
  const transport = createTransport({ trust, proxies: { http: "", https: "", none: "" }, userAgent: "test" });
  const url = new URL(`https://${server.host}/v2/`);
  return await (await transport.send({ method: "GET", url, headers: {}, insecure })).text();
}

function lay(server: { host: string }, files: Record<string, string>): void {
  const folder = path("certs", server.host);
  rmSync(path("certs"), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, from] of Object.entries(files)) copyFileSync(path(from), join(folder, name));
}

test("an authority counts for the registry in whose folder it stands", async () => {
  await using server = await secure();
  await using other = await secure();
  lay(server, { "ca.crt": "server.crt" });
  expect(await ask(server)).toBe("ok");
  expect(await failureOf(ask(other))).toMatchObject({
    kind: "unavailable",
    message: `Get "https://${other.host}/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  });
  expect(await ask(other, true)).toBe("ok");
});

test("a client certificate is shown to a registry that asks for it", async () => {
  const ca = readFileSync(path("client.crt"));
  await using server = await secure({ ca, requestCert: true, rejectUnauthorized: true });
  lay(server, { "ca.crt": "server.crt" });
  expect(await failureOf(ask(server))).toMatchObject({ kind: "unavailable" });
  lay(server, { "ca.crt": "server.crt", "client.cert": "client.crt", "client.key": "client.key" });
  expect(await ask(server)).toBe("ok");
});

/** OpenSSL's own server: it says why it ends a handshake. */
async function demanding(version: string): Promise<{ port: number } & AsyncDisposable> {
  const files = ["-cert", path("server.crt"), "-key", path("server.key"), "-CAfile", path("client.crt")];
  const child = spawn("openssl", [
    "s_server",
    version,
    "-accept",
    "127.0.0.1:0",
    "-www",
    ...files,
    "-Verify",
    "1",
  ]);
  let said = "";
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (/^ACCEPT \S+:\d+$/m.test(said)) break;
  }
  return {
    port: Number(/^ACCEPT \S+:(\d+)$/m.exec(said)?.[1]),
    async [Symbol.asyncDispose]() {
      const ended = once(child, "close");
      child.kill();
      await ended;
    },
  };
}

test.each([
  ["-tls1_3", "certificate required"],
  ["-tls1_2", "handshake failure"],
])("what a server says against a client without a certificate is passed on: %s", async (version, alert) => {
  await using server = await demanding(version);
  const host = `127.0.0.1:${server.port}`;
  lay({ host }, { "ca.crt": "server.crt" });
  expect(await failureOf(ask({ host }))).toMatchObject({
    kind: "unavailable",
    message: `Get "https://${host}/v2/": remote error: tls: ${alert}`,
  });
});

test("a server without TLS is told from one that refuses", async () => {
  await using server = await ScriptedServer.start(() => ({ body: "ok" }));
  expect(await failureOf(ask(server))).toMatchObject({
    message: expect.stringMatching(/: http: server gave HTTP response to HTTPS client$/),
  });
});

test("half a pair of certificate and key is said in dockerd's words", async () => {
  await using server = await secure();
  lay(server, { "client.cert": "client.crt" });
  expect(await failureOf(ask(server))).toMatchObject({
    message: expect.stringMatching(/^missing key client\.key for client certificate client\.cert/),
  });
  lay(server, { "client.cert": "client.crt", "client.key": "server.key" });
  expect(await failureOf(ask(server))).toMatchObject({
    message: expect.stringMatching(
      /^tls: private key does not match public key \(client\.cert and client\.key in /,
    ),
  });
  lay(server, { "client.cert": "client.key", "client.key": "client.key" });
  expect(await failureOf(ask(server))).toMatchObject({
    message: expect.stringMatching(
      /^the client certificate cannot be used \(client\.cert and client\.key in /,
    ),
  });
  lay(server, { "client.key": "client.key" });
  expect(await failureOf(ask(server))).toMatchObject({
    message: expect.stringMatching(/^missing client certificate client\.cert for key client\.key/),
  });
});
