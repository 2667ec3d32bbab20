// A folder on its way to the engine: what is scanned, hashed and sent, against the engine's own store behind its API.
import { afterEach, describe, expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "../../api/testing/engine.ts";
import type { BuildContext } from "../../build/context/build-context.ts";
import { ContextStore } from "../../build/context/context-store.ts";
import { createClient } from "../../client/engine-client.ts";
import { ignoreMatcher } from "../../spec/ignore-pattern.ts";
import { describeFolder } from "./describe-folder.ts";
import { scanFolder } from "./folder-scan.ts";
import { sendFolder } from "./send-folder.ts";

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "gantry-build-"));
  directories.push(directory);
  return directory;
}

function folder(files: Record<string, string>): string {
  const root = newDirectory();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

const everything = ignoreMatcher([]);
const { signal } = new AbortController();

describe("a scan", () => {
  test("leaves out what is ignored, and keeps directories of what is taken back in", () => {
    const root = folder({ "a/b/keep": "", "a/b/drop": "", "a/c/drop": "", "z.o": "", "z.c": "" });
    const scanned = scanFolder(root, ignoreMatcher(["a", "!a/*/keep", "*.o"]));
    expect(scanned.map(({ path }) => path)).toEqual(["a", "a/b", "a/b/keep", "z.c"]);
  });

  test("tells where links lead and follows none", () => {
    const root = folder({ "d/x": "" });
    symlinkSync("/etc", join(root, "out"));
    symlinkSync("d", join(root, "in"));
    const links = scanFolder(root, everything).filter(({ target }) => target !== undefined);
    expect(links.map(({ path, target }) => [path, target])).toEqual([
      ["in", "d"],
      ["out", "/etc"],
    ]);
  });
});

/** As if the files had been written long ago. */
const later = () => Date.now() + 1000;

describe("hashes", () => {
  test("are remembered for files that look the same, and no others", () => {
    const [root, cache] = [folder({ a: "one", b: "two" }), newDirectory()];
    const hashes = () =>
      describeFolder(root, scanFolder(root, everything), cache, later).lines.map((line) => line[4]);
    const [a = "", b] = hashes();
    const [name = ""] = readdirSync(join(cache, "contexts"));
    const known = readFileSync(join(cache, "contexts", name), "utf8");
    writeFileSync(join(cache, "contexts", name), known.replace(a, "remembered"));
    writeFileSync(join(root, "b"), "TWO");
    const [again, changed] = hashes();
    expect(again).toBe("remembered");
    expect(changed).not.toBe(b);
  });

  test("of folders not built for long are forgotten", () => {
    const cache = newDirectory();
    mkdirSync(join(cache, "contexts"));
    writeFileSync(join(cache, "contexts", "old"), "[]");
    utimesSync(join(cache, "contexts", "old"), 1000, 1000);
    const root = folder({ a: "one" });
    describeFolder(root, scanFolder(root, everything), cache, later);
    expect(readdirSync(join(cache, "contexts"))).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  test("of files that changed just now are not trusted", () => {
    const [root, cache] = [folder({ a: "one" }), newDirectory()];
    const first = describeFolder(root, scanFolder(root, everything), cache).lines;
    const { atime, mtime } = statSync(join(root, "a"));
    writeFileSync(join(root, "a"), "eno");
    utimesSync(join(root, "a"), atime, mtime);
    const second = describeFolder(root, scanFolder(root, everything), cache).lines;
    expect(second[0]?.[4]).not.toBe(first[0]?.[4] as never);
  });
});

test("only what the engine lacks travels", async () => {
  const store = new ContextStore(newDirectory());
  const sent: number[] = [];
  const contexts = {
    announce: store.announce.bind(store),
    receive: async (id: string, body: AsyncIterable<Uint8Array>, signal: AbortSignal) => {
      let bytes = 0;
      async function* counted() {
        for await (const chunk of body) {
          bytes += chunk.length;
          yield chunk;
        }
      }
      await store.receive(id, counted(), signal);
      sent.push(bytes);
    },
  };
  await using engine = await serve({ buildInputs: { contexts: contexts as unknown as ContextStore } });
  const client = createClient({ host: engine.path, endpoint: { kind: "unix", path: engine.path } });
  const [root, cache] = [folder({ a: "one", "d/b": "x".repeat(2_000_000), empty: "" }), newDirectory()];
  symlinkSync("../a", join(root, "d/link"));
  const send = () => sendFolder(client, describeFolder(root, scanFolder(root, everything), cache), signal);
  try {
    const first = store.take(await send()).context;
    expect(textOf(first, "d/b")).toBe("x".repeat(2_000_000));
    expect(first.entries.get("d/link")).toMatchObject({ kind: "symlink", target: "../a" });
    store.take(await send());
    writeFileSync(join(root, "a"), "two!");
    expect(textOf(store.take(await send()).context, "a")).toBe("two!");
    // Lengths of 8 bytes stand before contents.
    expect(sent).toEqual([2_000_003 + 3 * 8, 4 + 8]);
  } finally {
    client.close();
  }
});

function textOf(context: BuildContext, path: string): string {
  const entry = context.entries.get(path);
  if (entry?.kind !== "file") throw new Error(`${path} is no file`);
  return readFileSync(context.contentPath(entry), "utf8");
}
