// Against a real dockerd: what one engine saves the other loads. GANTRY_PEER_HOST names it (unix:///…).
import { afterAll, afterEach, beforeEach, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import type { ImageInspect } from "../spec/api/image.ts";
import { ImageFixture } from "./testing/image-fixture.ts";

const peer = process.env["GANTRY_PEER_HOST"];
const socket = peer?.startsWith("unix://") === true ? peer.slice("unix://".length) : undefined;
if (socket === undefined) console.log("images/peer.test.ts: skipped: GANTRY_PEER_HOST names no dockerd");

const name = `gantry-peer-${randomBytes(4).toString("hex")}`;
let engine: ImageFixture;

beforeEach(() => {
  engine = new ImageFixture();
});

afterEach(() => engine.close());

afterAll(async () => {
  if (socket === undefined) return;
  for (const tag of ["theirs", "ours"]) await ask("DELETE", `/images/${name}:${tag}?force=1`);
});

async function ask(method: string, path: string, body?: Uint8Array): Promise<Response> {
  return await fetch(`http://d/v1.51${path}`, {
    method,
    unix: socket as string,
    ...(body && { body: Buffer.from(body) }),
  });
}

/** A root file system of GNU tar's making, with links, owners and a large file of zeros. */
function rootfs(): Buffer {
  const script =
    "d=$(mktemp -d) && cd $d && mkdir -p a/b && echo hi > a/b/f && ln a/b/f a/g && ln -s b/f a/s && " +
    "truncate -s 100000 hole && chown 12:34 a/g && tar -c . && rm -rf $d";
  return spawnSync("sh", ["-c", script], { maxBuffer: 1 << 26 }).stdout;
}

const changes = ["CMD sh", "ENV A=b", "LABEL x=y", "EXPOSE 80", "VOLUME /data", "USER me", "WORKDIR /w"];

/** What both engines must say alike of the same image. */
function common(image: ImageInspect) {
  const { Id, RepoTags, Config, Architecture, Os, Size, RootFS, Created, Comment, Parent } = image;
  return { Id, RepoTags, Config, Architecture, Os, Size, RootFS, Created, Comment, Parent };
}

test.skipIf(socket === undefined)("dockerd loads what we save, and describes it alike", async () => {
  const options = { repository: name, tag: "ours", changes };
  await engine.images.import(Readable.from([rootfs()]), options, () => {});
  const archive = await engine.save(`${name}:ours`);
  const loaded = await ask("POST", "/images/load?quiet=1", archive);
  expect(await loaded.text()).toBe(`{"stream":"Loaded image: ${name}:ours\\n"}\r\n`);
  const theirs = (await (await ask("GET", `/images/${name}:ours/json`)).json()) as ImageInspect;
  expect(common(engine.images.inspect(`${name}:ours`))).toEqual(common(theirs));
});

test.skipIf(socket === undefined)("we load what dockerd saves, and describe it alike", async () => {
  const query = changes.map((change) => `&changes=${encodeURIComponent(change)}`).join("");
  await (await ask("POST", `/images/create?fromSrc=-&repo=${name}&tag=theirs${query}`, rootfs())).text();
  const archive = Buffer.from(await (await ask("GET", `/images/${name}:theirs/get`)).arrayBuffer());
  const messages = await engine.load(archive);
  expect(messages.at(-1)).toEqual({ stream: `Loaded image: ${name}:theirs\n` });
  const theirs = (await (await ask("GET", `/images/${name}:theirs/json`)).json()) as ImageInspect;
  expect(common(engine.images.inspect(`${name}:theirs`))).toEqual(common(theirs));
  const history = await (await ask("GET", `/images/${name}:theirs/history`)).json();
  expect(engine.images.history(`${name}:theirs`)).toEqual(history as object[]);
});
