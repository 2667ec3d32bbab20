import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
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
async function ask(server: ScriptedServer, insecure = false): Promise<string> {
  const trust = createTrustStore([path("certs")], {});
  const transport = createTransport({ trust, proxies: { http: "", https: "", none: "" }, userAgent: "test" });
  const url = new URL(`https://${server.host}/v2/`);
  return await (await transport.send({ method: "GET", url, headers: {}, insecure })).text();
}

function lay(server: ScriptedServer, files: Record<string, string>): void {
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

test("half a pair of certificate and key is said in dockerd's words", async () => {
  await using server = await secure();
  lay(server, { "client.cert": "client.crt" });
  expect(await failureOf(ask(server))).toMatchObject({
    message: expect.stringMatching(/^missing key client\.key for client certificate client\.cert/),
  });
  lay(server, { "client.key": "client.key" });
  expect(await failureOf(ask(server))).toMatchObject({
    message: expect.stringMatching(/^missing client certificate client\.cert for key client\.key/),
  });
});
