import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { tarEntry } from "../../src/store/archive/tar-entry.ts";
import { encodeTarHeader, tarEnd, tarPadding } from "../../src/store/archive/tar-writer.ts";
import { file, tarOf } from "../../src/store/testing/tar-of.ts";
import { eventually, linesOf } from "../support/command.ts";
import { Driver } from "../support/driver.ts";
import { busyboxImage as image, ensureBusybox } from "../support/images.ts";
import { gantryBinary, runPrefix } from "../support/paths.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);

describe("builds are safe", () => {
  let engine: TestEngine;
  let driver: Driver;
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), `${runPrefix}build-safety-`));
    engine = await TestEngine.start();
    driver = new Driver("gantry", "gantry", engine.host, [gantryBinary]);
    await ensureBusybox(driver);
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true });
    expect(await engine.dispose()).toEqual([]);
  });

  const steps = () => readdirSync(join(engine.execRoot, "build"));
  const context = (files: Record<string, string>): string => {
    const place = mkdtempSync(join(directory, "context-"));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(place, name)), { recursive: true });
      writeFileSync(join(place, name), content);
    }
    return place;
  };
  const build = (place: string, ...flags: string[]) =>
    driver.run(["build", "--progress=plain", ...flags, place]);

  test("a secret is in no layer, record, log or history, whatever a step does with it in its output", async () => {
    const secret = `secret-${crypto.randomUUID()}`;
    writeFileSync(join(directory, "token"), secret);
    const lines = [
      `FROM ${image}`,
      'RUN --mount=type=secret,id=token test -n "$(cat /run/secrets/token)"',
      'RUN --mount=type=secret,id=token,env=TOKEN,target=/t test -n "$TOKEN" && cmp /t /t',
      'RUN test ! -e /run/secrets && test ! -e /t && test -z "$TOKEN"',
    ];
    const { code, stderr } = await build(
      context({ Dockerfile: lines.join("\n") }),
      "-t",
      "secret:1",
      "--secret",
      `id=token,src=${join(directory, "token")}`,
    );
    expect(stderr).not.toContain(secret);
    expect(code).toBe(0);
    expect(findText(engine.directory, secret)).toEqual([]);
    expect(await driver.ok("history", "--no-trunc", "secret:1")).not.toContain(secret);
  });

  test("a killed engine leaves nothing of a step: the next start gives all of it back", async () => {
    const place = context({
      Dockerfile: `FROM ${image}\nRUN echo kept > /kept\nRUN --mount=type=tmpfs,target=/m echo begun; sleep 1000\n`,
    });
    const running = driver.spawn(["build", "--progress=plain", place]);
    for await (const line of linesOf(running.stderr)) if (line.includes("begun")) break;
    await engine.end("SIGKILL");
    await running.exited;
    await engine.start();
    expect(readdirSync(join(engine.execRoot, "build"))).toEqual([]);
    expect(readdirSync(join(engine.dataRoot, "layers", "writable"))).toEqual([]);
    expect(readFileSync("/proc/mounts", "utf8")).not.toContain(join(engine.execRoot, "build"));
    expect((await build(context({ Dockerfile: `FROM ${image}\nRUN echo fine\n` }))).code).toBe(0);
  });

  test("Ctrl-C ends parallel steps at once, and nothing stays", async () => {
    const place = context({
      Dockerfile: `FROM ${image} AS a\nRUN echo one-begun; sleep 1000\nFROM ${image} AS b\nRUN echo two-begun; sleep 1000\nFROM scratch\nCOPY --from=a /x /\nCOPY --from=b /x /\n`,
    });
    const running = driver.spawn(["build", "--progress=plain", place]);
    await eventually("both steps run", () => steps().length === 2);
    running.kill("SIGINT");
    await running.exited;
    await eventually("both steps are given back", () => steps().length === 0);
  });

  test("links of a context lead nowhere but into it", async () => {
    const place = context({ Dockerfile: `FROM ${image}\nCOPY out /x\n`, inside: "inside" });
    symlinkSync("/etc/passwd", join(place, "out"));
    const { code, stderr } = await build(place);
    expect(code).toBe(1);
    expect(stderr).toContain('"/out": not found');
    // A link is copied as itself where it is not named.
    writeFileSync(join(place, "Dockerfile"), `FROM ${image}\nCOPY . /all\nRUN readlink /all/out\n`);
    expect((await build(place)).stderr).toContain("/etc/passwd");
  });

  test("a destination cannot be led out of the image by its links", async () => {
    const place = context({
      Dockerfile: `FROM ${image}\nRUN ln -s ../../../../../.. /up\nCOPY a /up/gt-escaped\n`,
      a: "a",
    });
    expect((await build(place, "-t", "links:1")).code).toBe(0);
    expect(await driver.ok("run", "--rm", "links:1", "cat", "/gt-escaped")).toBe("a");
    expect(() => readFileSync("/gt-escaped")).toThrow();
  });

  // More follows than the engine waits for: the refusal must reach who is still sending.
  const rest = file("rest", "x".repeat(8 << 20));
  test.each([
    ["leaves the context", tarOf(file("Dockerfile", `FROM ${image}`), file("../out", "x"), rest)],
    [
      "holds a device",
      tarOf(
        file("Dockerfile", `FROM ${image}`),
        { name: "null", type: "char" as const, deviceMajor: 1, deviceMinor: 3 },
        rest,
      ),
    ],
  ])("a tar that %s is refused or comes without it", async (_what, tar) => {
    const { code, stderr } = await driver.run(["build", "--progress=plain", "-t", "tar:1", "-"], {
      input: tar,
    });
    if (code === 0) expect(await driver.ok("run", "--rm", "tar:1", "ls", "/")).not.toContain("out");
    else expect(stderr).toMatch(/outside of itself|not supported|device/);
  });

  test.each([
    ["gzip", () => manyZeros(1100), /compressed data expands more than 500 times/],
    ["sparse", () => sparseTar(2 ** 43), /no space left on device/],
  ])("a %s bomb of ADD is refused, and nothing of it stays", async (_kind, bomb, words) => {
    const place = context({ Dockerfile: `FROM ${image}\nADD bomb /d/\n` });
    writeFileSync(join(place, "bomb"), bomb());
    const { code, stderr } = await build(place, "-t", "bomb:1");
    expect(stderr).toMatch(words);
    expect(code).toBe(1);
    expect(steps()).toEqual([]);
    expect(readdirSync(join(engine.dataRoot, "layers", "writable"))).toEqual([]);
    await eventually(
      "its files are gone",
      async () => readdirSync(join(engine.dataRoot, "layers", "trash")).length === 0,
    );
  });

  test("an archive that ADD unpacks cannot write outside", async () => {
    const place = context({ Dockerfile: `FROM ${image}\nADD evil.tar /d/\n` });
    writeFileSync(
      join(place, "evil.tar"),
      tarOf({ name: "l", type: "symlink", linkName: Buffer.from("/etc") }, file("l/gt-evil", "x")),
    );
    const { code } = await build(place, "-t", "evil:1");
    expect(() => readFileSync("/etc/gt-evil")).toThrow();
    if (code === 0) expect(await driver.ok("run", "--rm", "evil:1", "cat", "/etc/gt-evil")).toBe("x");
    writeFileSync(join(place, "evil.tar"), tarOf(file("../../gt-evil", "x")));
    expect((await build(place)).code).toBe(1);
    expect(() => readFileSync("/gt-evil")).toThrow();
  });

  test("with SOURCE_DATE_EPOCH two cold builds give the same image", async () => {
    const lines = [
      `FROM ${image}`,
      "RUN mkdir /d && date > /dev/null && touch /d/f",
      "WORKDIR /w",
      "COPY a /a",
      "COPY <<E /e",
      "x",
      "E",
    ];
    const place = context({ Dockerfile: lines.join("\n"), a: "a" });
    const id = async () => {
      const given = ["--no-cache", "-q", "--build-arg", "SOURCE_DATE_EPOCH=1700000000"];
      return (await driver.run(["build", ...given, place])).stdout;
    };
    const first = await id();
    expect(await id()).toBe(first);
    const built = first.trim();
    expect(await driver.ok("run", "--rm", built, "stat", "-c", "%Y", "/d/f", "/a", "/e", "/w")).toBe(
      "1700000000\n1700000000\n1700000000\n1700000000",
    );
  });

  test("a step that ran says which file, argument or instruction changed", async () => {
    const files = {
      Dockerfile: `FROM ${image}\nARG V\nRUN echo $V\nCOPY src /src\nRUN cat /src/*\n`,
      "src/a": "a",
      "src/b": "b",
    };
    const place = context(files);
    const explained = async (...flags: string[]) =>
      (await build(place, "-t", "explained:1", "--explain", ...flags)).stderr.match(/not cached: .*/g) ?? [];
    await explained("--build-arg", "V=1");
    expect(await explained("--build-arg", "V=1")).toEqual([]);
    writeFileSync(join(place, "src", "b"), "changed");
    expect(await explained("--build-arg", "V=1")).toEqual([
      "not cached: file /src/b changed",
      "not cached: the step before has changed",
    ]);
    expect((await explained("--build-arg", "V=2"))[0]).toBe('not cached: argument V changed from "1" to "2"');
  });

  test("builder du tells of records, builder prune forgets them, images stay", async () => {
    await build(
      context({ Dockerfile: `FROM ${image}\nRUN --mount=type=cache,target=/c echo x > /c/x; echo y > /y\n` }),
      "-t",
      "pruned:1",
    );
    expect(await driver.ok("builder", "du", "--verbose")).toContain("exec.cachemount");
    const said = await driver.ok("builder", "prune", "-a", "-f");
    expect(said).toMatch(/Deleted build cache objects:/);
    expect(await driver.ok("builder", "du")).toMatch(/Total:\s+0B/);
    expect(await driver.ok("run", "--rm", "pruned:1", "cat", "/y")).toBe("y");
    const again = await build(
      context({ Dockerfile: `FROM ${image}\nRUN --mount=type=cache,target=/c echo x > /c/x; echo y > /y\n` }),
    );
    expect(again.stderr).toMatch(/^#(\d+) \[2\/2\] RUN .*\n(?:#\1 (?!CACHED).*\n)*#\1 DONE /m);
  });
});

/** Files below a directory that hold a text. */
function findText(directory: string, text: string): string[] {
  try {
    return execFileSync("grep", ["-rl", "--", text, directory], { encoding: "utf8" })
      .split("\n")
      .filter(Boolean);
  } catch {
    return [];
  }
}

/** A file of so many MiB of zeros in a tar, a thousandth of that long: gzip takes its members one after the other. */
function manyZeros(mebibytes: number): Buffer {
  const header = encodeTarHeader(tarEntry({ name: "zeros", sizeBytes: mebibytes * 2 ** 20 }));
  const member = gzipSync(Buffer.alloc(2 ** 20), { level: 9 });
  return Buffer.concat([gzipSync(header), ...Array<Buffer>(mebibytes).fill(member), gzipSync(tarEnd())]);
}

/** One file, all hole (GNU tar manual, "Storing Sparse Files", format 0.1). */
function sparseTar(sizeBytes: number): Buffer {
  const pax = [`GNU.sparse.size=${sizeBytes}`, "GNU.sparse.numblocks=0", "GNU.sparse.map="]
    .map(paxRecord)
    .join("");
  const header = encodeTarHeader(tarEntry({ name: "pax", sizeBytes: pax.length }));
  header.write("x", 156);
  header.write("        ", 148);
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, Buffer.from(pax), tarPadding(pax.length), tarOf(file("hole", ""))]);
}

function paxRecord(text: string): string {
  const length = text.length + 2;
  return `${length + String(length + 2).length} ${text}\n`;
}
