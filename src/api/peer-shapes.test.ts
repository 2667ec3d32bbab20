// dockerd's own answers (GANTRY_PEER_HOST=unix:///…), with all that is empty taken out, handed to this API as a
// service would: the same bytes must come out, fields, order and nulls.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ask, askJson, serve, type Parts } from "./testing/engine.ts";

const peer = process.env["GANTRY_PEER_HOST"]?.replace(/^unix:\/\//, "") ?? "";
const reason = peer === "" ? " (skipped: GANTRY_PEER_HOST is not set)" : "";
const name = `gantry-api-test-${process.pid}`;

/** What a service must say itself: null or false, as the host can. */
const known = new Set(["OomKillDisable"]);

/** Objects without what is null, empty, zero or false. Lists stay as they are. */
function stripped(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value).filter(([key, inner]) => known.has(key) || !isEmpty(inner));
  return Object.fromEntries(kept.map(([key, inner]) => [key, stripped(inner)]));
}

function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return !value;
}

async function sameBytes(path: string, parts: (answer: never) => Parts, strip = stripped): Promise<void> {
  const theirs = await ask(peer, path);
  expect(theirs.status).toBe(200);
  const parsed: unknown = JSON.parse(theirs.body);
  const given = Array.isArray(parsed) ? parsed.map(strip) : strip(parsed);
  await using engine = await serve(parts(given as never));
  const ours = await ask(engine.path, path);
  expect(lines(ours.body)).toEqual(lines(theirs.body));
}

function lines(json: string): string[] {
  return json.split(",");
}

describe.skipIf(peer === "")(`answers are dockerd's${reason}`, () => {
  beforeAll(async () => {
    const tar = Buffer.alloc(10_240);
    const query = `fromSrc=-&repo=${name}&changes=${encodeURIComponent('CMD ["true"]')}`;
    await ask(peer, `/images/create?${query}`, { method: "POST", body: tar });
    const body = { Image: name, Labels: { a: "b" }, HostConfig: { Memory: 1 << 25 } };
    const created = await askJson(peer, `/containers/create?name=${name}`, JSON.stringify(body));
    expect(created.status).toBe(201);
    await askJson(peer, "/volumes/create", JSON.stringify({ Name: name }));
  });
  afterAll(async () => {
    await ask(peer, `/containers/${name}?force=1&v=1`, { method: "DELETE" });
    await ask(peer, `/images/${name}?force=1`, { method: "DELETE" });
    await ask(peer, `/volumes/${name}`, { method: "DELETE" });
  });

  test.each(["1.51", "1.44", "1.24"])("container inspect, %s", (version) =>
    sameBytes(`/v${version}/containers/${name}/json`, (answer) => ({
      containers: { inspect: () => Promise.resolve(answer) },
    })),
  );
  test.each(["1.51", "1.45", "1.24"])("container list, %s", (version) => {
    const filters = encodeURIComponent(JSON.stringify({ name: [name] }));
    return sameBytes(`/v${version}/containers/json?all=1&filters=${filters}`, (answer) => ({
      containers: { list: () => Promise.resolve(answer) },
    }));
  });
  test.each(["1.51", "1.50", "1.49", "1.44", "1.43", "1.24"])("image inspect, %s", async (version) => {
    const newest = await ask(peer, `/v1.51/images/${name}/json`);
    await using engine = await serve({
      images: { inspect: () => stripped(JSON.parse(newest.body)) as object },
    });
    const path = `/v${version}/images/${name}/json`;
    const [theirs, ours] = [await ask(peer, path), await ask(engine.path, path)];
    expect(JSON.parse(ours.body)).toEqual(JSON.parse(theirs.body));
    if (version === "1.51") expect(ours.body).toBe(theirs.body);
  });
  test("volume", () => sameBytes(`/volumes/${name}`, (answer) => ({ volumes: { get: () => answer } })));
  test("network", () => sameBytes("/networks/host", (answer) => ({ networks: { inspect: () => answer } })));
  test("image list", () =>
    sameBytes(
      "/v1.51/images/json",
      (answer) => ({ images: { list: () => answer } }),
      (image) => ({
        ...(stripped(image) as object),
        Containers: (image as { Containers: number }).Containers,
      }),
    ));
});
