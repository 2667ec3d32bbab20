import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { file, tarOf } from "../../store/testing/tar-of.ts";
import type { BuildContext } from "../context/build-context.ts";
import { ContextStore } from "../context/context-store.ts";
import { parseGitReference } from "./git-reference.ts";
import { fetchRemote } from "./remote-context.ts";

const { signal } = new AbortController();
let directory = "";
let server: Server;
let address = "";
let store: ContextStore;

/** Serves files: git's dumb protocol is nothing else. */
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "gantry-remote-"));
  // Other tests may be at work in the common one.
  mkdirSync(join(directory, "tmp"));
  process.env.TMPDIR = join(directory, "tmp");
  store = new ContextStore(join(directory, "contents"));
  server = createServer((request, response) => {
    try {
      response.end(readFileSync(join(directory, "www", (request.url ?? "").split("?")[0] ?? "")));
    } catch {
      response.writeHead(404).end("not there");
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  mkdirSync(join(directory, "www"));
  writeFileSync(join(directory, "www", "c.tgz"), gzipSync(tarOf(file("Dockerfile", "FROM tar"))));
  writeFileSync(join(directory, "www", "Dockerfile"), "FROM url\n");
  makeRepository();
});

afterAll(() => {
  delete process.env.TMPDIR;
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

function makeRepository(): void {
  const work = join(directory, "work");
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd: work, stdio: "pipe" });
  mkdirSync(join(work, "sub"), { recursive: true });
  git("init", "--quiet", "--initial-branch=main");
  writeFileSync(join(work, "Dockerfile"), "FROM main");
  writeFileSync(join(work, "sub", "Dockerfile"), "FROM sub");
  writeFileSync(join(work, ".gitattributes"), "sub export-ignore\n");
  git("add", ".");
  git("commit", "--quiet", "-m", "one");
  git("tag", "v1");
  writeFileSync(join(work, "Dockerfile"), "FROM newer");
  git("commit", "--quiet", "-a", "-m", "two");
  git("clone", "--quiet", "--bare", ".", join(directory, "www", "x.git"));
  execFileSync("git", ["update-server-info"], { cwd: join(directory, "www", "x.git") });
}

function textOf(context: BuildContext, path: string): string | undefined {
  const entry = context.entries.get(path);
  return entry?.kind === "file" ? readFileSync(context.contentPath(entry), "utf8") : undefined;
}

describe("a git repository", () => {
  test.each([
    ["", "FROM newer"],
    ["#main", "FROM newer"],
    ["#v1", "FROM main"],
    ["#v1:sub", "FROM sub"],
    ["#:sub", "FROM sub"],
  ])("is fetched as x.git%s says", async (fragment, dockerfile) => {
    await using lease = (await fetchRemote(store, `${address}/x.git${fragment}`, { signal })).lease;
    expect(textOf(lease.context, "Dockerfile")).toBe(dockerfile);
  });

  test("leaves nothing behind, and says what is wrong with it", async () => {
    const fetching = fetchRemote(store, `${address}/none.git`, { signal });
    expect(fetching).rejects.toThrow("git fetch failed");
    await fetching.catch(() => {});
    const missing = fetchRemote(store, `${address}/x.git#nobranch`, { signal });
    expect(missing).rejects.toThrow("git rev-parse failed");
    await missing.catch(() => {});
    expect(leftovers()).toEqual([]);
  });
});

function leftovers(): string[] {
  return readdirSync(join(directory, "tmp"));
}

test("a tar and a Dockerfile alone are told apart", async () => {
  const tar = await fetchRemote(store, `${address}/c.tgz`, { signal });
  expect([tar.dockerfile, textOf(tar.lease.context, "Dockerfile")]).toEqual([undefined, "FROM tar"]);
  const alone = await fetchRemote(store, `${address}/Dockerfile`, { signal });
  expect([alone.dockerfile, alone.lease.context.entries.size]).toEqual(["FROM url\n", 0]);
  expect(fetchRemote(store, `${address}/nothing`, { signal })).rejects.toThrow("invalid response status 404");
  expect(fetchRemote(store, "file:///etc/passwd", { signal })).rejects.toThrow(
    "could not be recognized as URL",
  );
});

test("names of repositories are told from other places", () => {
  expect(parseGitReference("https://h/x.git#v1:a/./b")).toEqual({
    url: "https://h/x.git",
    ref: "v1",
    directory: "a/b",
  });
  expect(parseGitReference("git@h:x/y.git")).toEqual({ url: "git@h:x/y.git" });
  expect(parseGitReference("github.com/a/b#main")).toEqual({ url: "https://github.com/a/b", ref: "main" });
  expect(parseGitReference("https://h/x.tar.gz")).toBeUndefined();
  expect(() => parseGitReference("https://h/x.git#--upload-pack=x")).toThrow("invalid git ref");
  expect(parseGitReference("github.com/a/b#main", "add")).toBeUndefined();
  expect(() => parseGitReference("https://h/x.git#v:../..")).toThrow("invalid subdirectory");
});

const of = (query: string) => parseGitReference(`https://h/x.git?${query}`);

test("a query says what else could stand behind a hash", () => {
  const url = "https://h/x.git";
  expect(of("ref=v1&subdir=a//b")).toEqual({ url, ref: "v1", directory: "a/b" });
  expect(of("tag=v1&keep-git-dir=1&submodules=false")).toEqual({
    url,
    ref: "refs/tags/v1",
    keepGitDir: true,
    submodules: false,
  });
  expect(of("branch=b&checksum=abcdef0")).toEqual({ url, ref: "refs/heads/b", commit: "abcdef0" });
  expect(of("commit=abcdef0#abcdef0:d")).toEqual({ url, ref: "abcdef0", commit: "abcdef0", directory: "d" });
});

// The words are those of dockerd 28 with BuildKit.
test.each([
  ["?foo=1", 'unexpected query "foo"'],
  ["?ref=", 'query "ref" has no value'],
  ["?ref=a&ref=b", 'query "ref" has multiple values'],
  ["?tag=a&branch=b", "branch conflicts with tag"],
  ["?ref=a&tag=b", 'ref conflicts: "a" vs "refs/tags/b"'],
  ["?ref=a#b", 'ref conflicts: "b" vs "a"'],
  ["?subdir=a#x:b", 'subdir conflicts: "b" vs "a"'],
  ["?keep-git-dir=x", 'invalid keep-git-dir value: "x"'],
  ["?submodules=x", 'invalid submodules value: "x"'],
  ["?commit=zz", "invalid checksum zz for Git URL, expected hex commit hash"],
  ["?ref=-a", 'invalid git ref "-a"'],
  ["?subdir=../x", "invalid subdirectory"],
])("x.git%s means nothing", (query, message) => {
  expect(() => parseGitReference(`https://h/x.git${query}`)).toThrow(message);
});
