import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { file, tarOf } from "../../src/store/testing/tar-of.ts";
import { Driver } from "../support/driver.ts";
import { busyboxImage as image, ensureBusybox } from "../support/images.ts";
import { gantryBinary, runPrefix } from "../support/paths.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);

describe("what builds take from", () => {
  let engine: TestEngine;
  let driver: Driver;
  let directory: string;
  let server: Server;
  let address: string;
  const requests: { url: string; status: number }[] = [];
  /** What was asked for the file that changes, since the last look. */
  const seen = () => requests.splice(0).filter(({ url }) => url === "/versioned");

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), `${runPrefix}build-sources-`));
    makeRepository(directory);
    writeFileSync(join(directory, "plain"), "from a server");
    writeFileSync(join(directory, "archive.tar"), tarOf(file("inner", "unpacked")));
    server = createServer((request, response) => {
      const { status, body } = answer(directory, request);
      requests.push({ url: request.url ?? "", status });
      response.writeHead(status, body && { etag: `"${createHash("md5").update(body).digest("hex")}"` });
      response.end(status === 200 ? body : undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    engine = await TestEngine.start();
    driver = new Driver("gantry", "gantry", engine.host, [gantryBinary]);
    await ensureBusybox(driver);
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true });
    expect(await engine.dispose()).toEqual([]);
  });

  /** Builds these lines on the small image and answers what `command` prints in it. */
  const built = async (lines: string[], files: Record<string, string | Uint8Array>, ...command: string[]) => {
    const place = mkdtempSync(join(directory, "context-"));
    writeFileSync(join(place, "Dockerfile"), [`FROM ${image}`, ...lines].join("\n"));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(place, name)), { recursive: true });
      writeFileSync(join(place, name), content);
    }
    await driver.ok("build", "-t", "sources:1", place);
    return await driver.ok("run", "--rm", "sources:1", ...command);
  };

  test("ADD fetches a file, root's alone, and checks its sum", async () => {
    const sum = createHash("sha256").update("from a server").digest("hex");
    const lines = [
      `ADD --checksum=sha256:${sum} ${address}/plain /a/`,
      `ADD --chmod=755 ${address}/plain /b`,
    ];
    const shown = await built(lines, {}, "sh", "-c", "cat /a/plain; stat -c ' %a %u' /a/plain /b");
    expect(shown).toBe("from a server 600 0\n 755 0");
    const wrong = built([`ADD --checksum=sha256:${"0".repeat(64)} ${address}/plain /a/`], {});
    expect(wrong).rejects.toThrow("digest mismatch");
    await wrong.catch(() => {});
  });

  test("ADD asks whether a file has changed, and not at all for one whose sum it is told", async () => {
    writeFileSync(join(directory, "versioned"), "first");
    const lines = [`ADD ${address}/versioned /a`];
    expect(await built(lines, {}, "cat", "/a")).toBe("first");
    expect(seen().map(({ status }) => status)).toEqual([200]);
    expect(await built(lines, {}, "cat", "/a")).toBe("first");
    expect(seen().map(({ status }) => status)).toEqual([304]);
    writeFileSync(join(directory, "versioned"), "second");
    expect(await built(lines, {}, "cat", "/a")).toBe("second");
    expect(seen().map(({ status }) => status)).toEqual([200]);
    const sum = createHash("sha256").update("second").digest("hex");
    const summed = [`ADD --checksum=sha256:${sum} ${address}/versioned /b`];
    expect(await built(summed, {}, "cat", "/b")).toBe("second");
    expect(seen()).toEqual([]);
    // Its content is gone: it is fetched whole again.
    await driver.ok("builder", "prune", "-af");
    await driver.ok("rmi", "sources:1");
    await driver.ok("builder", "prune", "-af");
    expect(await built(lines, {}, "cat", "/a")).toBe("second");
    expect(seen().map(({ status }) => status)).toEqual([200]);
  });

  test("ADD of a URL that is not there is named", async () => {
    const absent = built([`ADD ${address}/absent /a`], {});
    expect(absent).rejects.toThrow("invalid response status 404");
    await absent.catch(() => {});
  });

  test("ADD unpacks archives of the context, and of servers if it is told to", async () => {
    const lines = [
      "ADD a.tar /local/",
      "ADD --unpack=false a.tar /kept/",
      `ADD ${address}/archive.tar /fetched/`,
      `ADD --unpack=true ${address}/archive.tar /unpacked/`,
    ];
    const files = { "a.tar": tarOf(file("inner", "local")) };
    const found = await built(lines, files, "find", "/local", "/kept", "/fetched", "/unpacked", "-type", "f");
    expect(found.split("\n")).toEqual([
      "/local/inner",
      "/kept/a.tar",
      "/fetched/archive.tar",
      "/unpacked/inner",
    ]);
  });

  test("ADD takes a repository's commit and a folder of it", async () => {
    const lines = [`ADD ${address}/repository.git /all`, `ADD ${address}/repository.git#main:sub /sub/`];
    const found = await built(lines, {}, "sh", "-c", "find /all /sub -type f | sort; stat -c %a /all/top");
    expect(found.split("\n")).toEqual(["/all/sub/inner", "/all/top", "/sub/inner", "644"]);
  });

  test("COPY --parents keeps the folders above, from the pivot on", async () => {
    const files = { "a/b/c.txt": "c", "a/d.txt": "d" };
    const lines = ["COPY --parents a/b/c.txt a/d.txt /x/", "COPY --parents a/./b/*.txt /y/"];
    const found = await built(lines, files, "find", "/x", "/y", "-type", "f");
    expect(found.split("\n").sort()).toEqual(["/x/a/b/c.txt", "/x/a/d.txt", "/y/b/c.txt"]);
  });

  test("a cache mount is shared by steps and builds, and is in no image", async () => {
    const lines = [
      "RUN --mount=type=cache,target=/c,id=gt echo x >> /c/log",
      "RUN --mount=type=cache,target=/d,id=gt wc -l < /d/log > /count",
    ];
    expect(await built(lines, {}, "sh", "-c", "cat /count; ls -d /c /d 2>&1 | wc -l")).toBe("1\n2");
    expect(await built(["ENV AGAIN=1", ...lines], {}, "cat", "/count")).toBe("2");
  });

  test("two builds at once of the same step run it once", async () => {
    const lines = ["RUN --mount=type=cache,target=/c,id=once echo x >> /c/log; wc -l < /c/log > /count"];
    const counts = await Promise.all([1, 2, 3].map(() => built(lines, {}, "cat", "/count")));
    expect(counts).toEqual(["1", "1", "1"]);
  });
});

function answer(
  directory: string,
  { url = "", headers }: IncomingMessage,
): { status: number; body?: Buffer } {
  try {
    const body = readFileSync(join(directory, url.split("?")[0] ?? ""));
    const known = headers["if-none-match"] === `"${createHash("md5").update(body).digest("hex")}"`;
    return { status: known ? 304 : 200, body };
  } catch {
    return { status: 404 };
  }
}

function makeRepository(directory: string): void {
  const work = join(directory, "work");
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd: work, stdio: "pipe" });
  mkdirSync(join(work, "sub"), { recursive: true });
  git("init", "--quiet", "--initial-branch=main");
  writeFileSync(join(work, "top"), "top");
  writeFileSync(join(work, "sub", "inner"), "inner");
  git("add", ".");
  git("commit", "--quiet", "-m", "one");
  git("clone", "--quiet", "--bare", ".", join(directory, "repository.git"));
  git("--git-dir", join(directory, "repository.git"), "update-server-info");
}
