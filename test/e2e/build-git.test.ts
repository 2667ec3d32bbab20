// Repositories of git as contexts and as sources of ADD, from git's own server.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { file, tarOf } from "../../src/store/testing/tar-of.ts";
import { must, type Result, run } from "../support/command.ts";
import { GitServer, noGitServer } from "../support/git-server.ts";
import { gantryBinary, runPrefix } from "../support/paths.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);

describe.skipIf(noGitServer !== undefined)(`repositories of git ${noGitServer ?? ""}`, () => {
  const directory = mkdtempSync(join(tmpdir(), `${runPrefix}build-git-`));
  const first: Record<string, string> = {};
  let engine: TestEngine;
  let server: GitServer;

  beforeAll(async () => {
    server = await GitServer.start(directory);
    server.commit("inner", { leaf: "leaf" });
    server.publish("inner");
    server.commit("library", { "lib.txt": "library" }, [
      "submodule",
      "--quiet",
      "add",
      "../inner.git",
      "deep/inner",
    ]);
    server.publish("library");
    first.id = server.commit("project", {
      top: "one",
      "dir/file": "in dir",
      Dockerfile: "FROM scratch\nCOPY . /\n",
    });
    server.git("project", "tag", "-a", "v1", "-m", "version one");
    const submodule = ["submodule", "--quiet", "add", "--name", "lib", "../library.git", "dir/lib"];
    server.commit("project", { top: "two" }, submodule);
    server.publish("project");
    engine = await TestEngine.start();
  });
  afterAll(async () => {
    server.close();
    rmSync(directory, { recursive: true });
    expect(await engine.dispose()).toEqual([]);
  });

  const gantry = (args: string[], env: Record<string, string> = {}): Promise<Result> =>
    run([gantryBinary, "-H", engine.host, ...args], { env });

  /** Builds, and answers the folder with the result. */
  async function built(args: string[], env: Record<string, string> = {}): Promise<string> {
    const out = mkdtempSync(join(directory, "out-"));
    const result = await gantry(["build", "-q", "-o", out, ...args], env);
    if (result.code !== 0) throw new Error(result.stderr);
    return out;
  }

  function contextOf(...lines: string[]): string {
    const place = mkdtempSync(join(directory, "context-"));
    writeFileSync(join(place, "Dockerfile"), ["FROM scratch", ...lines].join("\n"));
    return place;
  }

  const added = (...lines: string[]) => built([contextOf(...lines)]);
  const withSubmodules = [
    ".gitmodules",
    "Dockerfile",
    "dir/file",
    "dir/lib/.gitmodules",
    "dir/lib/deep/inner/leaf",
    "dir/lib/lib.txt",
    "top",
  ];

  test("come with their submodules, and with those of these", async () => {
    expect(filesOf(await built([`${server.address}/project.git`]))).toEqual(withSubmodules);
    expect(filesOf(await added(`ADD ${server.address}/project.git /`))).toEqual(withSubmodules);
    const below = await added(`ADD ${server.address}/project.git#main:dir /`);
    expect(filesOf(below)).toEqual(["file", "lib/.gitmodules", "lib/deep/inner/leaf", "lib/lib.txt"]);
  });

  const of = async (query: string) => filesOf(await added(`ADD ${server.address}/project.git?${query} /`));

  test("are taken as the query says", async () => {
    expect(await of("submodules=false")).toEqual([".gitmodules", "Dockerfile", "dir/file", "top"]);
    expect(await of("tag=v1&subdir=dir")).toEqual(["file"]);
    expect(await of("branch=main&subdir=dir&submodules=0")).toEqual(["file"]);
    expect(await of(`ref=v1&checksum=${first.id}`)).toEqual(["Dockerfile", "dir/file", "top"]);
    expect(await of(`commit=${first.id}`)).toEqual(["Dockerfile", "dir/file", "top"]);
  });

  const refused = async (line: string) => (await gantry(["build", contextOf(line)])).stderr;

  test("are refused where the commit is another one, or the query means nothing", async () => {
    const url = `${server.address}/project.git`;
    expect(await refused(`ADD --checksum=${first.id} ${url} /`)).toContain(
      `expected checksum to match ${first.id}, got`,
    );
    expect(await refused(`ADD ${url}?what=1 /`)).toContain('unexpected query "what"');
    expect(await refused(`ADD ${url}?tag=a&branch=b /`)).toContain("branch conflicts with tag");
    expect(await refused(`ADD ${url}?ref=a#b /`)).toContain('ref conflicts: "b" vs "a"');
    expect(await refused(`ADD ${url}#nosuch /`)).toContain("git rev-parse failed");
    expect(await refused(`ADD ${url}#--upload-pack=x /`)).toContain("invalid git ref");
  });

  test("ADD --keep-git-dir leaves a clone in which nothing is changed", async () => {
    const out = await added(`ADD --keep-git-dir ${server.address}/project.git#v1 /`);
    const git = async (...args: string[]) =>
      (await must(["git", "-C", out, "-c", "safe.directory=*", ...args])).trim();
    expect(await git("status", "--porcelain")).toBe("");
    expect(await git("rev-parse", "HEAD")).toBe(first.id ?? "");
    expect(await git("describe", "--tags")).toBe("v1");
    expect(await git("log", "--format=%s")).toBe("a commit");
    expect(await git("remote", "get-url", "origin")).toBe(`${server.address}/project.git`);
    expect(await git("fsck")).toBe("");
    expect(readdirSync(join(out, ".git"))).not.toContain("hooks");
    const plain = await added(`ADD ${server.address}/project.git#v1 /`);
    expect(readdirSync(plain)).not.toContain(".git");
  });

  test.each([
    ["file:///etc", "is not allowed"],
    ["/etc", "is not allowed"],
    ["--upload-pack=touch /tmp/x", "is not allowed"],
    ["ext::sh -c touch% /tmp/x", "is not allowed"],
    ["https://-oProxyCommand=x/y", "is not allowed"],
  ])("a submodule at %s is refused", async (url, message) => {
    const name = `hostile-${Buffer.from(url).toString("hex").slice(0, 20)}`;
    const modules = `[submodule "x"]\n\tpath = x\n\turl = "${url}"\n`;
    const link = ["update-index", "--add", "--cacheinfo", `160000,${first.id},x`];
    server.commit(name, { ".gitmodules": modules }, link);
    server.publish(name);
    const { code, stderr } = await gantry(["build", contextOf(`ADD ${server.address}/${name}.git /`)]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  test("are let in by a secret, which stands nowhere", async () => {
    const token = "s3cret-token";
    server.wants = `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
    try {
      const url = `${server.address}/inner.git`;
      const place = contextOf(`ADD --keep-git-dir ${url} /`);
      const refused = await gantry(["build", place]);
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("git fetch failed")]);
      const out = await built(["--secret", "id=GIT_AUTH_TOKEN", place], { GIT_AUTH_TOKEN: token });
      expect(filesOf(out)).toContain("leaf");
      const found = await run(
        ["grep", "-r", "-e", token, "-e", server.wants.slice(6), out, engine.dataRoot],
        {},
      );
      expect([found.code, found.stdout]).toEqual([1, ""]);
    } finally {
      server.wants = undefined;
    }
  });

  test("are named contexts, as are tars, to copy from and to stand on", async () => {
    const place = contextOf("COPY --from=code dir/file /one", "COPY --from=code /top /two");
    const flag = `code=${server.address}/project.git#v1`;
    expect(filesOf(await built(["--build-context", flag, place]))).toEqual(["one", "two"]);
    const based = mkdtempSync(join(directory, "context-"));
    writeFileSync(join(based, "Dockerfile"), "FROM code\nWORKDIR /made\n");
    expect(filesOf(await built(["--build-context", flag, based]))).toEqual(["Dockerfile", "dir/file", "top"]);
    const failed = await gantry(["build", "--build-context", `code=${server.address}/none.git`, place]);
    expect([failed.code, failed.stderr]).toEqual([
      1,
      expect.stringContaining("failed to get build context code: git"),
    ]);
  });

  test("a tar by HTTP is a named context, a page is none", async () => {
    const web = Bun.serve({
      port: 0,
      fetch: (request) =>
        new Response(request.url.endsWith(".tar") ? tarOf(file("dir/inner", "x")) : "a page"),
    });
    try {
      const place = contextOf("COPY --from=tar /dir /d");
      const url = `http://127.0.0.1:${web.port}`;
      expect(filesOf(await built(["--build-context", `tar=${url}/a.tar`, place]))).toEqual(["d/inner"]);
      const { stderr } = await gantry(["build", "--build-context", `tar=${url}/page`, place]);
      expect(stderr).toContain("failed to get build context tar:");
    } finally {
      await web.stop(true);
    }
  });

  test("a layout is a named context, by tag, by digest and for a platform", async () => {
    const layout = join(directory, "layout");
    mkdirSync(layout);
    const source = contextOf("COPY Dockerfile /from-layout");
    await gantry(["build", "-o", `type=oci,dest=${layout}.tar,name=example/x:v2`, source]);
    await must(["tar", "-xf", `${layout}.tar`, "-C", layout]);
    const place = mkdtempSync(join(directory, "context-"));
    writeFileSync(join(place, "Dockerfile"), "FROM base\nCOPY --from=base /from-layout /again\n");
    const from = (value: string) => built(["--build-context", `base=oci-layout://${value}`, place]);
    expect(filesOf(await from(layout))).toEqual(["again", "from-layout"]);
    const missing = await from(`${layout}@sha256:${"0".repeat(64)}`).catch((error: Error) => error.message);
    expect(missing).toContain("could not be resolved: no manifest is named sha256:0000");
    const none = await from("/nowhere:1").catch((error: Error) => error.message);
    expect(none).toContain("could not be resolved: open /nowhere/index.json: no such file or directory");
    const blobs = readdirSync(join(layout, "blobs", "sha256"), { withFileTypes: true });
    const layer = blobs.map(({ name }) => name).find((name) => isTar(join(layout, "blobs", "sha256", name)));
    rmSync(join(layout, "blobs", "sha256", String(layer)));
    const torn = await from(layout).catch((error: Error) => error.message);
    expect(torn).toContain(`blobs/sha256/${layer}: no such file or directory`);
    writeFileSync(join(layout, "index.json"), "{");
    const crooked = await from(layout).catch((error: Error) => error.message);
    expect(crooked).toContain("could not be resolved: index.json is no JSON");
  });
});

/** Of a layout's blobs the layers are the ones that are no JSON. */
function isTar(path: string): boolean {
  return readFileSync(path)[0] !== "{".charCodeAt(0);
}

function filesOf(place: string): string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(place.length + 1))
    .sort();
}
