import { expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import { SessionStore } from "./session-store.ts";

const { signal } = new AbortController();

test("secrets are lent until the session ends, then wiped", () => {
  const store = new SessionStore();
  const id = store.create({ secrets: { token: Buffer.from("s3cret").toString("base64") } });
  const session = store.use(id);
  const value = session.secret("token");
  expect(Buffer.from(value ?? []).toString()).toBe("s3cret");
  expect(session.secret("other")).toBeUndefined();
  store.end(id);
  expect(value?.every((byte) => byte === 0)).toBe(true);
  expect(() => store.use(id)).toThrow("no such build session");
});

test("agents' streams go to those who ask, whoever comes first", async () => {
  const store = new SessionStore();
  const id = store.create({ ssh: ["default"] });
  const session = store.use(id);
  const [first, second] = [new PassThrough(), new PassThrough()];
  const waiting = session.connectSsh("default", signal);
  store.sshOffer(id, "default")(first);
  store.sshOffer(id, "default")(second);
  expect(await waiting).toBe(first);
  expect(await session.connectSsh("default", signal)).toBe(second);
  expect(session.hasSsh("other")).toBe(false);
  expect(() => store.sshOffer(id, "other")).toThrow("unset ssh forward key other");
});

test("the end of a session ends what waits on either side", async () => {
  const store = new SessionStore();
  const id = store.create({ ssh: ["a", "b"] });
  const session = store.use(id);
  const unused = new PassThrough();
  store.sshOffer(id, "a")(unused);
  const waiting = session.connectSsh("b", signal);
  store.end(id);
  expect(waiting).rejects.toThrow("the build session has ended");
  expect(unused.destroyed).toBe(true);
  await waiting.catch(() => {});
});

test("one who gives up does not take another's stream", async () => {
  const store = new SessionStore();
  const id = store.create({ ssh: ["default"] });
  const session = store.use(id);
  const impatient = new AbortController();
  const given = session.connectSsh("default", impatient.signal);
  impatient.abort(new Error("enough"));
  expect(given).rejects.toThrow("enough");
  await given.catch(() => {});
  const stream = new PassThrough();
  store.sshOffer(id, "default")(stream);
  expect(await session.connectSsh("default", signal)).toBe(stream);
});
