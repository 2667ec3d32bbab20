import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";
import { runPrefix } from "../support/paths.ts";

const text = (path: string) => readFileSync(path, "utf8");

scenarios("files of containers", ({ driver }) => {
  const images: string[] = [];
  const ownImage = (tag: string) => {
    images.push(driver.own(tag));
    return driver.own(tag);
  };
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), `${runPrefix}files-`));
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true });
    await driver.clean();
    if (images.length > 0) await driver.run(["rmi", "-f", ...images]);
  });

  const copy = (...args: string[]) => driver.ok("cp", ...args);
  const inside = (own: string, script: string) => driver.ok("exec", own, "sh", "-c", script);
  const local = (name: string) => join(directory, name);

  /** A container that has run `script` and waits. */
  async function container(name: string, script: string, ...flags: string[]): Promise<string> {
    const own = driver.own(name);
    const command = ["sh", "-c", `${script}; echo done; exec sleep 1000`];
    const running = driver.spawn(["run", "--name", own, ...flags, image, ...command]);
    for await (const chunk of running.stdout) if (Buffer.from(chunk).includes("done")) break;
    running.kill("SIGKILL");
    await running.exited;
    return own;
  }

  test("commit: a running container's changes, its configuration and what --change says", async () => {
    const own = await container(
      "commit",
      "echo new > /new; rm /etc/group; chown 65534 /home",
      "--env=A=1",
      "--label=l=1",
    );
    const name = ownImage("committed:1");
    const changes = ["-c", "ENV B=2", "-c", 'CMD ["sh","-c","echo $A $B"]', "-a", "me", "-m", "why"];
    const id = await driver.ok("commit", ...changes, own, name);
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await driver.ok("image", "inspect", "-f", "{{.Id}} {{.Author}} {{.Comment}}", name)).toBe(
      `${id} me why`,
    );
    expect(await driver.ok("run", "--rm", name)).toBe("1 2");
    const look = "cat /new; ls /etc/group; stat -c %u /home";
    const seen = await driver.run(["run", "--rm", name, "sh", "-c", look]);
    expect(seen.stdout).toBe("new\n65534\n");
    expect(await driver.ok("inspect", "-f", "{{.State.Status}}", own)).toBe("running");
    const history = await driver.ok("history", "--format", "{{.Comment}}", name);
    expect(history.split("\n")[0]).toBe("why");
    await driver.ok("kill", own);
    const stopped = ownImage("committed:2");
    await driver.ok("commit", "--pause=false", own, stopped);
    expect(await driver.ok("run", "--rm", stopped, "cat", "/new")).toBe("new");
  });

  test("commit: what it refuses, it leaves without a trace", async () => {
    const own = await container("refused", "true");
    expect((await driver.fails("commit", driver.own("nobody"))).text).toContain("No such container");
    const bad = await driver.fails("commit", "-c", "FROM x", own);
    expect(bad.text).toContain("FROM is not a valid change command");
    expect(await driver.ok("inspect", "-f", "{{.State.Status}}", own)).toBe("running");
  });

  test("diff: what was added, modified and deleted, and nothing that the engine did", async () => {
    const untouched = await container("untouched", "true");
    expect(await driver.ok("diff", untouched)).toBe("");
    const script = [
      "echo x > /new; mkdir -p /d/e; touch /d/e/f; ln -s nowhere /link",
      "rm /etc/group; echo more >> /etc/passwd",
      "chmod 755 /bin/sh; chmod 700 /root",
      "rm -r /var; mkdir /var; touch /var/own",
      "rm -r /home; echo file > /home",
    ].join("; ");
    const own = await container("diff", script);
    const lines = (await driver.ok("diff", own)).split("\n").sort();
    const expected = `A /d
A /d/e
A /d/e/f
A /link
A /new
A /var/own
C /etc
C /etc/passwd
C /home
C /root
C /var
D /etc/group
D /var/log`;
    expect(lines).toEqual(expected.split("\n"));
    await driver.ok("kill", own);
    expect((await driver.ok("diff", own)).split("\n").sort()).toEqual(expected.split("\n"));
    const name = ownImage("diff:1");
    await driver.ok("commit", own, name);
    const look = "ls /var; cat /home; ls -A /etc; stat -c %a /root";
    expect((await driver.run(["run", "--rm", name, "sh", "-c", look])).stdout).toContain("own\nfile\n");
  });

  test("commit: a container that changed nothing adds no layer", async () => {
    const own = await container("same", "true");
    const name = ownImage("same:1");
    await driver.ok("commit", own, name);
    const layers = (reference: string) => driver.ok("image", "inspect", "-f", "{{json .RootFS}}", reference);
    expect(await layers(name)).toBe(await layers(image));
  });

  test("export: the whole root file system of a running and of a stopped container", async () => {
    const own = await container("export", "echo new > /new; ln /new /same; rm /etc/group", "-v", "/volume");
    const file = join(directory, "export.tar");
    for (const state of ["running", "stopped", "never started"]) {
      if (state === "stopped") await driver.ok("kill", own);
      await driver.ok("export", "-o", file, own);
      const names = (await must(["tar", "-tf", file])).split("\n");
      expect(names).toContain("bin/busybox");
      expect(names).toContain("etc/passwd");
      expect(names).not.toContain("etc/group");
      expect(await must(["tar", "-xOf", file, "new"])).toBe("new\n");
    }
    const fresh = driver.own("fresh");
    await driver.ok("create", "--name", fresh, image, "true");
    const piped = await driver.run(["export", fresh]);
    expect(piped.code).toBe(0);
    expect(piped.stdout).toContain("etc/passwd");
  });

  describe("archives, as every copying client uses them", () => {
    test("cp into a running container: files, directories, contents, renamed", async () => {
      const own = await container("into", "mkdir /there; ln -s /there /link");
      mkdirSync(local("tree/sub"), { recursive: true });
      writeFileSync(local("tree/file"), "text");
      writeFileSync(local("tree/sub/run"), "#!/bin/sh\necho ran");
      chmodSync(local("tree/sub/run"), 0o755);
      symlinkSync("file", local("tree/soft"));
      await copy(local("tree/file"), `${own}:/named`);
      await copy(local("tree/file"), `${own}:/link/`);
      await copy(local("tree/file"), `${own}:/link`);
      await copy(local("tree"), `${own}:/there`);
      await copy(local("tree"), `${own}:/fresh`);
      await copy(`${local("tree")}/.`, `${own}:/there`);
      const seen = await inside(
        own,
        "cat /named; ls /there /there/tree /fresh; readlink /fresh/soft; /fresh/sub/run",
      );
      expect(seen).toBe(
        "text/fresh:\nfile\nsoft\nsub\n\n/there:\nfile\nsoft\nsub\ntree\n\n/there/tree:\nfile\nsoft\nsub\nfile\nran",
      );
      const bad = await driver.fails("cp", local("tree"), `${own}:/named`);
      expect(bad.text).toContain("cannot copy directory");
      expect((await driver.fails("cp", local("tree/file"), `${own}:/none/`)).text).toContain(
        "no such directory",
      );
      expect((await driver.fails("cp", local("tree/file"), `${own}:/none/x`)).text).toContain(
        `Could not find the file /none in container ${own}`,
      );
    });

    test("cp out of a container, running and stopped", async () => {
      const own = await container(
        "out",
        "mkdir -p /data/sub; echo a > /data/a; ln -s a /data/soft; ln -s /data /link",
      );
      for (const state of ["running", "stopped"]) {
        if (state === "stopped") await driver.ok("kill", own);
        const target = local(`out-${state}`);
        await copy(`${own}:/data`, target);
        expect(text(join(target, "soft"))).toBe("a\n");
        mkdirSync(local(`in-${state}`));
        await copy(`${own}:/data`, local(`in-${state}`));
        expect(text(local(`in-${state}/data/a`))).toBe("a\n");
        await copy(`${own}:/data/a`, local(`file-${state}`));
        expect(text(local(`file-${state}`))).toBe("a\n");
        await copy(`${own}:/link/.`, local(`contents-${state}`));
        expect(text(local(`contents-${state}/a`))).toBe("a\n");
        await copy("-L", `${own}:/data/soft`, local(`followed-${state}`));
        expect(lstatSync(local(`followed-${state}`)).isFile()).toBe(true);
        const piped = await driver.run(["cp", `${own}:/data`, "-"]);
        expect(piped.stdout).toContain("data/sub/");
        expect((await driver.fails("cp", `${own}:/none`, directory)).text).toContain(
          `Could not find the file /none in container ${own}`,
        );
      }
    });

    test("cp -: a tar stream into a container, with its owners", async () => {
      const own = await container("stream", "mkdir /into");
      writeFileSync(local("streamed"), "s");
      const tar = local("streamed.tar");
      await must(["tar", "--owner=12:12", "--group=34:34", "-C", directory, "-czf", tar, "streamed"]);
      const sent = await driver.run(["cp", "-", `${own}:/into`], { input: readFileSync(tar) });
      expect(sent).toMatchObject({ code: 0 });
      expect(await inside(own, "stat -c '%u %g %s' /into/streamed")).toBe("12 34 1");
    });

    test("volumes are part of a stopped container, too; read-only places are refused", async () => {
      const [own, volume] = [driver.own("volumes"), driver.own("vol")];
      await driver.ok(
        "create",
        "--name",
        own,
        "-v",
        `${volume}:/kept`,
        "-v",
        `${volume}:/fixed:ro`,
        image,
        "cat",
        "/kept/x",
      );
      writeFileSync(local("x"), "kept");
      await copy(local("x"), `${own}:/kept/x`);
      expect((await driver.fails("cp", local("x"), `${own}:/fixed/x`)).text).toContain(
        "mounted volume is marked read-only",
      );
      expect(await driver.ok("start", "-a", own)).toBe("kept");
      await copy(`${own}:/kept/x`, local("back"));
      expect(text(local("back"))).toBe("kept");
      const solid = driver.own("solid");
      await driver.ok("create", "--name", solid, "--read-only", image, "true");
      expect((await driver.fails("cp", local("x"), `${solid}:/x`)).text).toContain(
        "container rootfs is marked read-only",
      );
    });

    test("links of the container lead nowhere on the host", async () => {
      const victim = local("victim");
      mkdirSync(victim);
      const script = `mkdir -p /a; ln -s ${victim} /evil; ln -s ../../../../../../..${victim} /a/evil`;
      const own = await container("links", script);
      writeFileSync(local("payload"), "p");
      for (const place of ["/evil/", "/a/evil/", "/evil/x", "/a/evil/x"])
        await driver.run(["cp", local("payload"), `${own}:${place}`]);
      expect(readdirSync(victim)).toEqual([]);
      writeFileSync(join(victim, "secret"), "secret");
      for (const place of ["/evil/secret", "/a/evil/secret", `/../../..${victim}/secret`])
        expect((await driver.fails("cp", `${own}:${place}`, "-")).text).not.toContain("secret\0");
    });

    test("a container that swaps links meanwhile gets nothing out of it", async () => {
      const victim = local("swapped");
      mkdirSync(victim);
      const swap = `mkdir /s; rmdir /s; ln -s ${victim} /s; rm /s`;
      const own = await container("swap", `(while true; do ${swap}; done) & true`);
      writeFileSync(local("payload"), "p");
      for (let round = 0; round < 8; round++) await driver.run(["cp", local("payload"), `${own}:/s/`]);
      expect(readdirSync(victim)).toEqual([]);
    });

    test("a copy that breaks off lets go of the container", async () => {
      const own = driver.own("broken");
      await driver.ok("create", "--name", own, image, "sleep", "1000");
      writeFileSync(local("large"), Buffer.alloc(20_000_000));
      await copy(local("large"), `${own}:/large`);
      const reading = driver.spawn(["cp", `${own}:/large`, "-"]);
      const reader = reading.stdout.getReader();
      await reader.read();
      reading.kill("SIGKILL");
      await reading.exited;
      await driver.ok("start", own);
      expect(await driver.ok("inspect", "-f", "{{.State.Status}}", own)).toBe("running");
    });
  });
});
