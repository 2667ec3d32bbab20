import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { lstatSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, must } from "../support/command.ts";
import { Driver } from "../support/driver.ts";
import { busyboxImage as image, ensureBusybox } from "../support/images.ts";
import { gantryBinary } from "../support/paths.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);

interface Usage {
  LayersSize: number;
  BuildCache: { Type: string; Size: number; Shared: boolean }[];
}

// Files of a context that layers hold without a copy: what is seen of them, and what is counted.
describe("layers that share files", () => {
  let engine: TestEngine;
  let driver: Driver;
  let context: string;

  beforeAll(async () => {
    engine = await TestEngine.start();
    driver = new Driver("gantry", "gantry", engine.host, [gantryBinary]);
    await ensureBusybox(driver);
    context = join(engine.directory, "context");
    for (const name of ["a", "b"]) mkdirSync(join(context, "files", name), { recursive: true });
    write("files/a/one", "one".repeat(5000));
    write("files/a/two", "two".repeat(5000));
    write("files/b/three", "three".repeat(5000));
    write("files/b/like-one", "one".repeat(5000));
  });
  afterAll(async () => {
    await driver.clean();
    expect(await engine.dispose()).toEqual([]);
  });

  function write(name: string, content: string): void {
    writeFileSync(join(context, name), content);
    utimesSync(join(context, name), 1_000_000_000, 1_000_000_000);
  }

  async function build(tag: string, ...lines: string[]): Promise<void> {
    writeFileSync(join(context, "Dockerfile"), [`FROM ${image}`, ...lines].join("\n"));
    await driver.ok("build", "-t", tag, context);
  }

  const show = async (tag: string, command: string) =>
    (await driver.ok("run", "--rm", tag, "sh", "-c", command)).split("\n");

  /** Inodes of a name, in the newest layers and the older ones. */
  function inodesOf(name: string): Set<number> {
    const layers = join(engine.dataRoot, "layers");
    const paths = readdirSync(layers).map((layer) => join(layers, layer, "diff", name));
    return new Set(paths.flatMap((path) => lstatSync(path, { throwIfNoEntry: false })?.ino ?? []));
  }

  async function usage(): Promise<Usage> {
    return (await fetch("http://engine/v1.51/system/df", { unix: engine.socket })).json() as Promise<Usage>;
  }

  /** What is counted is what `du` finds, with every file once. */
  async function expectTrueUsage(): Promise<void> {
    const counted = bytesOf(await usage());
    const places = ["layers", "blobs", "partial", "build/contents"].map((name) =>
      join(engine.dataRoot, name),
    );
    const count = async () => Number((await must(["sh", "-c", countFiles, "sh", ...places])).trim());
    await eventually("what is deleted is gone", async () => (await count()) <= counted);
    expect(counted).toBe(await count());
  }

  test("what did not change is the same file in both layers, and counts once", async () => {
    await build("sharing:1", "WORKDIR /app", "COPY files .");
    await expectTrueUsage();
    write("files/a/two", "changed");
    await build("sharing:2", "WORKDIR /app", "COPY files .");
    expect(inodesOf("app/a/one").size).toBe(1);
    expect(inodesOf("app/a/two").size).toBe(2);
    await expectTrueUsage();
    const format = "cat a/two; echo; stat -c '%n %a %u:%g %Y %s' a/* b/*";
    expect(await show("sharing:2", format)).toEqual([
      "changed",
      "a/one 644 0:0 1000000000 15000",
      "a/two 644 0:0 1000000000 7",
      "b/like-one 644 0:0 1000000000 15000",
      "b/three 644 0:0 1000000000 25000",
    ]);
    expect((await show("sharing:1", "head -c 6 a/two"))[0]).toBe("twotwo");
  });

  test("another mode or owner is another file, and two names are two files", async () => {
    await build(
      "sharing:3",
      "COPY --chmod=4711 --chown=7:8 files /other",
      "COPY files /again",
      "RUN cp -f /other/a/one /again/a/one && test /again/a/one -ef /again/b/like-one && exit 1; rm /again/b/three",
    );
    const [other, again, ...rest] = await show(
      "sharing:3",
      "stat -c '%a %u:%g %Y' /other/a/one; stat -c '%a %u:%g' /again/b/like-one; ls /again/b; stat -c %i /other/a/two /again/a/two | sort -u | wc -l",
    );
    expect([other, again, ...rest]).toEqual(["4711 7:8 1000000000", "644 0:0", "like-one", "2"]);
    expect((await show("sharing:1", "stat -c '%a %u:%g' /app/a/one"))[0]).toBe("644 0:0");
    await expectTrueUsage();
  });

  test("a container's writes stay its own", async () => {
    await driver.ok(
      "run",
      "--rm",
      "sharing:1",
      "sh",
      "-c",
      "echo x >> a/one; chmod 600 b/three; touch b/three",
    );
    const looks = await show("sharing:2", "wc -c < a/one; stat -c '%a %Y' b/three");
    expect(looks).toEqual(["15000", "644 1000000000"]);
  });

  test("SOURCE_DATE_EPOCH changes no time of what others have", async () => {
    writeFileSync(join(context, "Dockerfile"), `FROM ${image}\nCOPY files /dated\n`);
    await driver.ok("build", "--build-arg", "SOURCE_DATE_EPOCH=900000000", "-t", "sharing:4", context);
    expect((await show("sharing:4", "stat -c %Y /dated/a/one"))[0]).toBe("900000000");
    expect((await show("sharing:1", "stat -c %Y /app/a/one"))[0]).toBe("1000000000");
    await expectTrueUsage();
  });

  test("a file in the place of one of the image's", async () => {
    await build(
      "sharing:5",
      "RUN mkdir -p /app/a && echo old > /app/a/one && mkdir /app/b && ln -s /etc/passwd /app/b/three",
      "COPY files /app",
    );
    const looks = await show(
      "sharing:5",
      "head -c 3 /app/a/one; echo; head -c 5 /app/b/three; echo; ls /app/b | wc -l",
    );
    expect(looks).toEqual(["one", "three", "2"]);
  });

  test("a linked layer comes along to another base, without a copy", async () => {
    const diffIds = async (tag: string) =>
      (await driver.ok("image", "inspect", "--format", "{{json .RootFS.Layers}}", tag)).split(",");
    const lines = ["COPY --link files /linked", "RUN test -e /linked/a/one"];
    await build("sharing:6", "RUN echo first > /base", ...lines);
    const inode = [...inodesOf("linked/a/two")];
    await build("sharing:7", "RUN echo another > /base; mkdir -m 700 /linked", ...lines);
    const [first, second] = [await diffIds("sharing:6"), await diffIds("sharing:7")];
    expect(second.at(1)).not.toBe(first.at(1));
    expect(second.at(2)).toBe(first.at(2));
    expect([...inodesOf("linked/a/two")]).toEqual(inode);
    expect(await show("sharing:7", "stat -c %a /linked; head -c 3 /linked/a/one; cat /base")).toEqual([
      "755",
      "oneanother",
    ]);
    await expectTrueUsage();
    await driver.ok("rmi", "sharing:6", "sharing:7");
    await driver.ok("builder", "prune", "-f");
    await expectTrueUsage();
  });

  test("a linked layer follows no link, and stands in the place of files", async () => {
    await build(
      "sharing:link",
      "RUN mkdir /real && ln -s real /d && echo old > /f",
      "COPY --link files/a/two /d/",
      "COPY --link files/a/two /f",
    );
    expect(await show("sharing:link", "cat /d/two /f; ls /real; test -L /d || echo made")).toEqual([
      "changedchangedmade",
    ]);
    await driver.ok("rmi", "sharing:link");
  });

  test("a linked layer saves and exports as the one it comes from", async () => {
    const lines = ["COPY --link files /linked"];
    await build("sharing:8", "RUN echo a > /base", ...lines);
    await build("sharing:9", "RUN echo b > /base", ...lines);
    await driver.ok("save", "-o", join(engine.directory, "saved.tar"), "sharing:9");
    await driver.ok("rmi", "sharing:8", "sharing:9");
    await driver.ok("builder", "prune", "-af");
    await driver.ok("load", "-i", join(engine.directory, "saved.tar"));
    expect(await show("sharing:9", "cat /base; head -c 3 /linked/a/one")).toEqual(["b", "one"]);
    await driver.ok("rmi", "sharing:9");
  });

  test("what goes gives back what nobody else has, and the sum of it is told", async () => {
    const before = bytesOf(await usage());
    for (const tag of ["1", "3", "4", "5"]) await driver.ok("rmi", `sharing:${tag}`);
    const pruned = await driver.ok("builder", "prune", "-f");
    await expectTrueUsage();
    expect(bytesOf(await usage())).toBeLessThan(before);
    expect(pruned).toContain("Total");
    expect((await show("sharing:2", "head -c 3 /app/a/one"))[0]).toBe("one");
    await driver.ok("rmi", "sharing:2");
    await driver.ok("builder", "prune", "-af");
    await expectTrueUsage();
    expect((await usage()).BuildCache).toEqual([]);
  });
});

const countFiles = `find "$@" -type f -printf '%i %s\\n' | sort -u | awk '{sum += $2} END {printf "%d", sum}'`;

/** Of layers and of what contexts left. */
function bytesOf({ LayersSize, BuildCache }: Usage): number {
  return LayersSize + (BuildCache.find(({ Type }) => Type === "source.local")?.Size ?? 0);
}
