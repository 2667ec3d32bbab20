import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";
import { busyboxTar } from "../support/images.ts";
import { runPrefix } from "../support/paths.ts";

scenarios("images", ({ driver }) => {
  let directory: string;
  const own = (tag: string) => `${driver.prefix}${tag}`;
  const id = (reference: string) => driver.ok("image", "inspect", "-f", "{{.Id}}", reference);

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), `${runPrefix}images-`));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test("import: tar, gzip, xz, zstd, from a file and from stdin, with changes", async () => {
    const tar = await busyboxTar();
    const packed = {
      plain: ["cat"],
      gzip: ["gzip", "-c"],
      xz: ["xz", "-0", "-c"],
      zstd: ["zstd", "-q", "-c"],
    };
    for (const [kind, command] of Object.entries(packed)) {
      // This dockerd asks the xz program, which is not there.
      if (kind === "xz" && driver.engine === "dockerd") continue;
      const file = join(directory, kind);
      await must(["sh", "-c", '"$@" < "$0" > "$FILE"', tar, ...command], { env: { FILE: file } });
      const imported = await driver.ok("import", file, own(`${kind}:1`));
      expect(imported.split("\n").at(-1)).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(await driver.ok("run", "--rm", own(`${kind}:1`), "echo", kind)).toBe(kind);
    }
    const piped = await driver.run(
      [
        "import",
        "-m",
        "by hand",
        "-c",
        "ENV A=1",
        "-c",
        'CMD ["sh", "-c", "echo $A"]',
        "-c",
        "WORKDIR /tmp",
        "-",
        own("piped:1"),
      ],
      { input: readFileSync(join(directory, "gzip")) },
    );
    expect(piped.code).toBe(0);
    expect(await driver.ok("run", "--rm", own("piped:1"))).toBe("1");
    expect(
      await driver.ok("image", "inspect", "-f", "{{.Comment}} {{.Config.WorkingDir}}", own("piped:1")),
    ).toBe("by hand /tmp");
    const made = (await driver.ok("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n");
    await driver.ok("rmi", ...made.filter((tag) => tag.startsWith(driver.prefix)));
  });

  test("tag, images, rmi: a name goes, the image stays until its last name", async () => {
    await driver.ok("tag", image, own("one:1"));
    await driver.ok("tag", image, own("one:2"));
    expect(await id(own("one:1"))).toBe(await id(image));
    const listed = await driver.ok("images", "--format", "{{.Repository}}:{{.Tag}}", own("one"));
    expect(listed.split("\n").sort()).toEqual([own("one:1"), own("one:2")]);
    expect(await driver.ok("images", own("one"))).toMatch(/^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$/m);
    expect(await driver.ok("images", "-q", "--no-trunc", own("one:1"))).toBe(await id(image));
    expect(await driver.ok("rmi", own("one:1"))).toBe(`Untagged: ${own("one:1")}`);
    await driver.ok("rmi", own("one:2"));
    expect((await driver.fails("rmi", own("one:2"))).text).toContain(`No such image: ${own("one:2")}`);
    expect((await driver.fails("tag", image, "Upper:1")).text).toMatch(
      /repository name must be lowercase|invalid reference format/,
    );
    expect((await driver.fails("tag", "no-such-image", own("x:1"))).text).toContain(
      "No such image: no-such-image",
    );
  });

  test("an image in use is not removed", async () => {
    await driver.ok("import", await busyboxTar(), own("used:1"));
    const name = driver.own("user");
    await driver.ok("run", "-d", "--name", name, own("used:1"), "sleep", "1000");
    expect((await driver.fails("rmi", own("used:1"))).text).toMatch(
      /conflict: unable to (remove repository reference|delete)/,
    );
    await driver.ok("stop", "-t", "0", name);
    expect((await driver.fails("rmi", own("used:1"))).text).toMatch(
      /container \w+ is using its referenced image|is being used by stopped container/,
    );
    await driver.ok("rm", name);
    await driver.ok("rmi", own("used:1"));
  });

  test("an old tag still runs after a new one: rollback", async () => {
    await driver.ok("import", "-c", 'CMD ["echo", "old"]', await busyboxTar(), own("app:1"));
    await driver.ok("import", "-c", 'CMD ["echo", "new"]', await busyboxTar(), own("app:2"));
    await driver.ok("tag", own("app:2"), own("app:latest"));
    expect(await driver.ok("run", "--rm", own("app"))).toBe("new");
    await driver.ok("tag", own("app:1"), own("app:latest"));
    expect(await driver.ok("run", "--rm", own("app"))).toBe("old");
    await driver.ok("rmi", own("app:1"), own("app:2"), own("app:latest"));
  });

  test("save and load give the same image back, by file and by pipe", async () => {
    await driver.ok("import", "-c", "ENV WHO=saved", await busyboxTar(), own("saved:1"));
    const before = await id(own("saved:1"));
    const file = join(directory, "saved.tar");
    await driver.ok("save", "-o", file, own("saved:1"));
    const names = await must(["tar", "-tf", file]);
    for (const name of ["manifest.json", "index.json", "oci-layout"]) expect(names).toContain(name);
    await driver.ok("rmi", own("saved:1"));
    expect(await driver.ok("load", "-i", file)).toContain(`Loaded image: ${own("saved:1")}`);
    expect(await id(own("saved:1"))).toBe(before);
    expect(await driver.ok("run", "--rm", own("saved:1"), "sh", "-c", "echo $WHO")).toBe("saved");
    await driver.ok("rmi", own("saved:1"));
    const piped = await driver.run(["load"], { input: readFileSync(file) });
    expect(piped.stdout).toContain(`Loaded image: ${own("saved:1")}`);
    await driver.ok("rmi", own("saved:1"));
    expect((await driver.fails("save", "-o", file, "no-such-image")).text).toContain(
      "No such image: no-such-image",
    );
  });

  test("history and inspect tell how it was made", async () => {
    const history = await driver.ok(
      "history",
      "--no-trunc",
      "--format",
      "{{.Comment}}|{{.CreatedBy}}",
      image,
    );
    expect(history).toMatch(/^Imported from/m);
    const [shown] = JSON.parse(await driver.ok("image", "inspect", image));
    expect(shown.RepoTags).toContain(image);
    expect(shown.RootFS).toMatchObject({ Type: "layers" });
    expect(shown.RootFS.Layers).toHaveLength(1);
    expect(shown.Os).toBe("linux");
    expect(shown.Size).toBeGreaterThan(100_000);
    expect(shown.Config.Cmd).toEqual(["sh"]);
  });

  test("file capabilities, hard links, devices, sparse files and long names survive", async () => {
    const root = mkdtempSync(join(tmpdir(), `${runPrefix}special-`));
    const long = "n".repeat(180);
    await must(["tar", "-C", root, "-xf", await busyboxTar()]);
    await must([
      "sh",
      "-ec",
      `cd "$0"; mkdir -p deep/${long}; echo x > deep/${long}/${long}; mknod null2 c 1 3; truncate -s 1M sparse; echo end >> sparse
       ln sparse sparse2; cp bin/busybox busybox-capable; python3 -c 'import os; os.setxattr("busybox-capable", "security.capability", bytes.fromhex("0100000200200000000000000000000000000000"))' `,
      root,
    ]);
    const file = join(directory, "special.tar");
    await must(["tar", "--xattrs", "--xattrs-include=*", "--sparse", "-C", root, "-cf", file, "."]);
    rmSync(root, { recursive: true });
    await driver.ok("import", file, own("special:1"));
    const script = `cat deep/${long}/${long}; stat -c %F null2; [ "$(stat -c %i sparse)" = "$(stat -c %i sparse2)" ] && echo linked; tail -c 4 sparse; stat -c %s sparse`;
    const raw = [
      "run",
      "--rm",
      "-u",
      "nobody",
      "--network",
      "none",
      own("special:1"),
      "/busybox-capable",
      "ping",
      "-c",
      "1",
      "127.0.0.1",
    ];
    expect(await driver.ok("run", "--rm", own("special:1"), "sh", "-c", script)).toBe(
      "x\ncharacter special file\nlinked\nend\n1048580",
    );
    expect((await driver.run(raw)).stdout).toContain("1 packets received");
    await driver.ok("rmi", own("special:1"));
  });

  test("a corrupt or hostile archive is refused whole", async () => {
    const garbage = join(directory, "garbage");
    writeFileSync(garbage, "not a tar at all".repeat(100));
    await driver.fails("import", garbage, own("bad:1"));
    await driver.fails("load", "-i", garbage);
    const outside = join(directory, "outside.tar");
    writeFileSync(join(directory, "evil"), "evil");
    await must([
      "tar",
      "-C",
      directory,
      "--transform",
      "s,evil,../../../../tmp/gantry-evil,",
      "-P",
      "-cf",
      outside,
      "evil",
    ]);
    await driver.run(["import", outside, own("bad:1")]);
    expect(await Bun.file("/tmp/gantry-evil").exists()).toBe(false);
    const cut = join(directory, "cut.tar");
    writeFileSync(cut, readFileSync(await busyboxTar()).subarray(0, 700_000));
    await driver.fails("import", cut, own("cut:1"));
    expect(await driver.ok("images", "-q", own("cut"))).toBe("");
    await driver.run(["rmi", own("bad:1")]);
  });
});
