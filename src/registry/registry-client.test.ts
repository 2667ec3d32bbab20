import { expect, test } from "bun:test";
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { parseReference } from "../spec/reference.ts";
import { failureOf } from "../store/testing/failure.ts";
import { sha256 } from "../store/testing/tar-of.ts";
import { mediaTypes } from "./media-types.ts";
import type { MirrorNote } from "./remote-repository.ts";
import { type Answer, ScriptedServer, testClient } from "./testing/scripted-server.ts";

const manifest = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest });
const manifestAnswer: Answer = {
  headers: { "Content-Type": mediaTypes.ociManifest, "Docker-Content-Digest": sha256(manifest) },
  body: manifest,
};
const content = "0123456789".repeat(100);
const blob = { digest: sha256(content), sizeBytes: content.length, offset: 0 };

const at = (server: ScriptedServer, path = "some/where") => parseReference(`${server.host}/${path}:1`);

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  return (await buffer(Readable.from(chunks, { objectMode: false }))).toString();
}

test("redirects are followed, and no other host learns who asks", async () => {
  await using storage = await ScriptedServer.start(() => ({ body: content }));
  await using registry = await ScriptedServer.start((line, request): Answer => {
    if (request.headers.authorization === undefined)
      return { status: 401, headers: { "WWW-Authenticate": "Basic realm=x" } };
    return line.includes("/blobs/")
      ? { status: 307, headers: { Location: `http://${storage.host}/somewhere?signed` } }
      : {};
  });
  const credentials = { username: "alice", password: "secret" };
  const repository = await testClient().reader(at(registry), { credentials });
  expect(await bytesOf(repository.blob(blob))).toBe(content);
  expect(storage.asked).toEqual(["GET /somewhere?signed"]);
  const header = `Basic ${Buffer.from("alice:secret").toString("base64")}`;
  expect(registry.asked).toEqual(["GET /v2/", `GET /v2/some/where/blobs/${blob.digest} ${header}`]);
});

test("a server that knows no ranges sends what is here already, and it is left out", async () => {
  await using registry = await ScriptedServer.start(() => ({ body: content }));
  const repository = await testClient().reader(at(registry));
  expect(await bytesOf(repository.blob({ ...blob, offset: 905 }))).toBe(content.slice(905));
});

test("a manifest that is not what its digest says is refused", async () => {
  await using registry = await ScriptedServer.start(() => ({ ...manifestAnswer, body: `${manifest} ` }));
  const repository = await testClient().reader(at(registry));
  for (const reference of ["1", sha256(manifest)])
    expect(await failureOf(repository.manifest(reference))).toMatchObject({
      kind: "invalid",
      message: `manifest verification failed for digest ${sha256(manifest)}`,
    });
});

test("a manifest without a type is known by what is in it", async () => {
  const index = JSON.stringify({ schemaVersion: 2, manifests: [] });
  await using registry = await ScriptedServer.start((line) => ({
    body: line.endsWith("/i") ? index : manifest,
  }));
  const repository = await testClient().reader(at(registry));
  expect((await repository.manifest("i")).mediaType).toBe(mediaTypes.ociIndex);
  expect((await repository.manifest("m")).mediaType).toBe(mediaTypes.ociManifest);
});

test("tags come page by page", async () => {
  await using registry = await ScriptedServer.start((line) => {
    if (line.includes("last=b")) return { body: JSON.stringify({ tags: ["c"] }) };
    const Link = '</v2/some/where/tags/list?last=b&n=2>; rel="next"';
    return { headers: { Link }, body: JSON.stringify({ tags: ["a", "b"] }) };
  });
  const repository = await testClient().reader(at(registry));
  expect(await repository.tags()).toEqual(["a", "b", "c"]);
});

test("referrers are listed by their API, or from the tag that stands for it", async () => {
  const descriptor = { mediaType: mediaTypes.ociManifest, digest: sha256("x"), size: 1, artifactType: "a/b" };
  const list = JSON.stringify({ schemaVersion: 2, manifests: [descriptor] });
  for (const knowsApi of [true, false]) {
    await using registry = await ScriptedServer.start((line) => {
      if (line.includes("/referrers/")) return knowsApi ? { body: list } : { status: 404 };
      return line.includes(`/manifests/${sha256(manifest).replace(":", "-")}`) ? { body: list } : {};
    });
    const repository = await testClient().reader(at(registry));
    expect(await repository.referrers(sha256(manifest))).toEqual([descriptor]);
  }
  await using none = await ScriptedServer.start((line) => ({ status: line === "GET /v2/" ? 200 : 404 }));
  expect(await (await testClient().reader(at(none))).referrers(sha256(manifest))).toEqual([]);
});

test("a token serves until it ends; then, or when it is refused, another is asked for", async () => {
  let [issued, valid] = [0, ""];
  await using tokens = await ScriptedServer.start(() => {
    issued += 1;
    valid = `token-${issued}`;
    // The first one ends at once: less is never believed than a minute, so that it is the registry's refusal that counts.
    return { body: JSON.stringify({ token: valid, expires_in: 300 }) };
  });
  const challenge = `Bearer realm="http://${tokens.host}/token",service="reg",scope="repository:some/where:pull"`;
  await using registry = await ScriptedServer.start((_line, request) =>
    request.headers.authorization === `Bearer ${valid}`
      ? manifestAnswer
      : { status: 401, headers: { "WWW-Authenticate": challenge } },
  );
  const client = testClient();
  for (let round = 0; round < 3; round += 1) await (await client.reader(at(registry))).manifest("1");
  expect(tokens.asked).toEqual(["GET /token?service=reg&scope=repository%3Asome%2Fwhere%3Apull"]);
  valid = "revoked";
  await (await client.reader(at(registry))).manifest("1");
  expect(issued).toBe(2);
});

test("a registry that refuses every token is not asked forever", async () => {
  await using tokens = await ScriptedServer.start(() => ({ body: '{"token":"x"}' }));
  const challenge = `Bearer realm="http://${tokens.host}/token"`;
  const errors = JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] });
  await using registry = await ScriptedServer.start(() => ({
    status: 401,
    headers: { "WWW-Authenticate": challenge },
    body: errors,
  }));
  const repository = await testClient().reader(at(registry));
  expect(await failureOf(repository.manifest("1"))).toMatchObject({
    kind: "unauthenticated",
    message: "unauthorized: authentication required",
  });
  expect(registry.asked.length).toBeLessThan(5);
});

test("a token service that knows no GET is asked by POST, a refresh token always", async () => {
  await using tokens = await ScriptedServer.start((line) =>
    line.startsWith("GET") ? { status: 405 } : { body: '{"access_token":"t","refresh_token":"r"}' },
  );
  await using registry = await ScriptedServer.start((_line, request) =>
    request.headers.authorization === "Bearer t"
      ? manifestAnswer
      : { status: 401, headers: { "WWW-Authenticate": `Bearer realm="http://${tokens.host}/"` } },
  );
  const client = testClient();
  expect(await client.logIn(registry.host, { username: "a", password: "b" })).toEqual({ identityToken: "r" });
  const repository = await client.reader(at(registry), { credentials: { identityToken: "r" } });
  await repository.manifest("1");
  expect(tokens.asked.map((line) => line.split(" ", 1)[0])).toEqual(["GET", "POST", "POST"]);
});

test("mirrors are asked in their order and without credentials, and it is said", async () => {
  await using broken = await ScriptedServer.start(() => ({ status: 404 }));
  await using mirror = await ScriptedServer.start((line) =>
    line.includes("/manifests/") ? manifestAnswer : { status: line.includes("/blobs/") ? 404 : 200 },
  );
  await using registry = await ScriptedServer.start(() => ({ body: content }));
  const mirrors = [
    `http://${broken.host}`,
    { url: `http://${mirror.host}/cache`, rewrite: { "^some/(.*)$": "mirrored/$1" } },
  ];
  const client = testClient({ config: { registries: { [registry.host]: { mirrors } } } });
  const notes: Parameters<MirrorNote>[0][] = [];
  const credentials = { username: "alice", password: "secret" };
  const repository = await client.reader(at(registry), { credentials, onMirror: (note) => notes.push(note) });
  expect((await repository.manifest("1")).digest).toBe(sha256(manifest));
  // What a mirror does not have after all comes from the registry.
  expect(await bytesOf(repository.blob(blob))).toBe(content);
  expect(broken.asked).toContain("GET /v2/some/where/manifests/1");
  expect(mirror.asked).toContain("GET /cache/v2/mirrored/where/manifests/1");
  expect([...broken.asked, ...mirror.asked].join()).not.toContain("Basic");
  expect(notes.map(({ mirror: url, failure }) => [url, failure !== undefined])).toEqual([
    [`http://${broken.host}`, true],
    [`http://${mirror.host}/cache`, false],
    [`http://${mirror.host}/cache`, true],
  ]);
});

test("nothing is written to a mirror", async () => {
  await using mirror = await ScriptedServer.start(() => ({}));
  await using registry = await ScriptedServer.start(() => ({ status: 201 }));
  const config = { registries: { "*": { mirrors: [`http://${mirror.host}`] } } };
  const repository = await testClient({ config }).writer(at(registry));
  await repository.putManifest("1", { mediaType: mediaTypes.ociManifest, bytes: Buffer.from(manifest) });
  expect(mirror.asked).toEqual([]);
});

test("an upload whose address is elsewhere is not shown who sends it", async () => {
  await using storage = await ScriptedServer.start((line) => ({
    status: line.startsWith("PUT") ? 201 : 202,
    headers: { Location: `http://${storage.host}/up` },
  }));
  await using registry = await ScriptedServer.start(
    (_line, request): Answer =>
      request.headers.authorization === undefined
        ? { status: 401, headers: { "WWW-Authenticate": "Basic" } }
        : { status: 202, headers: { Location: `http://${storage.host}/up` } },
  );
  const repository = await testClient().writer(at(registry), { username: "alice", password: "secret" });
  await repository.uploadWhole(Buffer.from(content), blob.digest);
  expect(storage.asked).toEqual([`PUT /up?digest=${encodeURIComponent(blob.digest)}`]);
});

test("what is not this machine's goes by the proxy that the environment names", async () => {
  await using proxy = await ScriptedServer.start(() => manifestAnswer);
  const env = { http_proxy: `http://${proxy.host}` };
  const config = { insecureRegistries: ["registry.invalid:5000"], registries: {} };
  const mirrors = [`http://registry.invalid:5000`];
  const client = testClient({ env, config: { ...config, registries: { "other.invalid": { mirrors } } } });
  const repository = await client.reader(parseReference("other.invalid/a:1"));
  expect((await repository.manifest("1")).digest).toBe(sha256(manifest));
  expect(proxy.asked).toEqual([
    "GET http://registry.invalid:5000/v2/",
    "GET http://registry.invalid:5000/v2/a/manifests/1",
  ]);
});

test("an index that searches answers", async () => {
  const results = [{ name: "a", description: "", star_count: 3, is_official: true, is_automated: false }];
  await using index = await ScriptedServer.start(() => ({ body: JSON.stringify({ results }) }));
  expect(await testClient().search(`${index.host}/some`, { limit: 7 })).toEqual(results);
  expect(index.asked.at(-1)).toBe("GET /v1/search?q=some&n=7");
  expect(await failureOf(testClient().search("a", { limit: 101 }))).toMatchObject({ kind: "invalid" });
});
