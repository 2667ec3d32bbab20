import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";
import { importTree } from "../support/images.ts";
import { runPrefix } from "../support/paths.ts";

scenarios("mounts", ({ driver }) => {
  let host: string;
  const output = (...args: string[]) => driver.ok("run", "--rm", ...args);
  const refused = (...args: string[]) => driver.fails("run", "--rm", ...args);

  beforeAll(() => {
    // A real dockerd may live in a mount namespace that shares /tmp's files only where its tree does.
    host = mkdtempSync(join(hostFolder(driver.engine), `${runPrefix}mounts-`));
    writeFileSync(join(host, "page"), "from the host\n");
    mkdirSync(join(host, "sub"));
  });
  afterAll(() => rmSync(host, { recursive: true }));

  test("-v binds a folder, both ways; :ro refuses writes", async () => {
    expect(await output("-v", `${inside(host)}:/www`, image, "cat", "/www/page")).toBe("from the host");
    await output("-v", `${inside(host)}:/www`, image, "sh", "-c", "echo back > /www/answer");
    expect(readFileSync(join(host, "answer"), "utf8")).toBe("back\n");
    const readOnly = await refused("-v", `${inside(host)}:/www:ro`, image, "touch", "/www/no");
    expect(readOnly.text).toContain("Read-only file system");
  });

  test("--mount type=image shows an image read-only, as long as the container lives", async () => {
    const source = `${driver.own("shown")}:1`;
    await importTree(driver, source, (root) => writeFileSync(join(root, "mark"), "of the image\n"));
    const name = driver.own("image-mount");
    const flag = `type=image,source=${source},target=/img`;
    await driver.ok("run", "-d", "--name", name, "--mount", flag, image, "sleep", "1000");
    expect((await driver.fails("rmi", source)).text).toContain("is using its referenced image");
    expect(await driver.ok("exec", name, "cat", "/img/mark")).toBe("of the image");
    expect((await driver.fails("exec", name, "touch", "/img/x")).text).toContain("Read-only file system");
    const format = "{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}} {{.RW}} {{.Propagation}}{{end}}";
    expect(await driver.ok("inspect", "-f", format, name)).toBe(`image ${source} /img false rprivate`);
    const copied = join(host, "mark");
    await driver.ok("cp", `${name}:/img/mark`, copied);
    await driver.ok("restart", "-t", "0", name);
    expect(await driver.ok("exec", name, "cat", "/img/mark")).toBe("of the image");
    await driver.ok("stop", "-t", "0", name);
    await driver.ok("cp", `${name}:/img/mark`, copied);
    expect(readFileSync(copied, "utf8")).toBe("of the image\n");
    await driver.ok("rm", name);
    await driver.ok("rmi", source);
  });

  test("a part of an image: a directory, a file, none", async () => {
    expect(await output("--mount", partOfImage("etc"), image, "ls", "/img")).toBe("group\npasswd");
    expect(await output("--mount", partOfImage("etc/passwd"), image, "head", "-n", "1", "/img")).toContain(
      "root:",
    );
    expect((await refused("--mount", partOfImage("no/such"), image)).text).toMatch(
      /cannot access path .*: no such file or directory/,
    );
    expect((await refused("--mount", partOfImage("../etc"), image)).text).toContain(
      "subpath must be a relative path within the volume",
    );
    expect(
      (await driver.fails("create", "--mount", `type=image,source=${image},target=/`, image)).text,
    ).toContain("invalid mount");
  });

  test("a single file is bound, also read-only", async () => {
    const readOnly = `${inside(host)}/page:/etc/page:ro`;
    expect(await output("-v", readOnly, image, "cat", "/etc/page")).toBe("from the host");
    expect(await output("-v", `${inside(host)}/page:/etc/page`, image, "cat", "/etc/page")).toBe(
      "from the host",
    );
  });

  test("-v makes a missing source folder, --mount refuses it", async () => {
    await output("-v", `${inside(host)}/made:/x`, image, "true");
    expect(existsSync(join(host, "made"))).toBe(true);
    const { code, text } = await refused(
      "--mount",
      `type=bind,source=${inside(host)}/absent,target=/x`,
      image,
    );
    expect(code).toBe(125);
    expect(text).toContain(`bind source path does not exist: ${inside(host)}/absent`);
  });

  test("a relative source, a relative target and a mount over / are refused", async () => {
    const relative = await refused("-v", "some/folder:/x", image);
    expect(relative.code).toBe(125);
    expect(relative.text).toContain('"some/folder" includes invalid characters for a local volume name');
    expect((await refused("-v", "/tmp:x", image)).text).toContain("mount path must be absolute");
    expect((await refused("-v", "/tmp:/", image)).text).toContain("destination can't be '/'");
    expect((await refused("--mount", "type=bind,source=rel,target=/x", image)).text).toContain(
      "mount path must be absolute",
    );
    expect((await refused("-v", "/a:/x:rw:z:q", image)).text).toMatch(
      /too many colons|invalid volume specification/,
    );
    expect((await refused("-v", "/tmp:/x:nosuchmode", image)).text).toContain("invalid mode: nosuchmode");
    expect((await refused("-v", "/tmp:/x", "-v", "/var:/x", image)).text).toContain(
      "Duplicate mount point: /x",
    );
  });

  test("./folder is the client's own", async () => {
    if (driver.engine === "dockerd") return;
    const result = await driver.run(["run", "--rm", "-v", "./sub:/x", image, "touch", "/x/here"], {
      cwd: host,
    });
    expect(result.code).toBe(0);
    expect(existsSync(join(host, "sub", "here"))).toBe(true);
  });

  test("--mount with every type; tmpfs with size and mode", async () => {
    expect(
      await output("--mount", `type=bind,src=${inside(host)},dst=/www,readonly`, image, "cat", "/www/page"),
    ).toBe("from the host");
    const tmpfs = await output(
      "--mount",
      "type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=700",
      image,
      "sh",
      "-c",
      "df -k /t | tail -1 | awk '{print $2}'; stat -c %a /t",
    );
    expect(tmpfs).toBe("1024\n700");
    expect(
      await output("--tmpfs", "/t:size=2m,exec", image, "sh", "-c", "df -k /t | tail -1 | awk '{print $2}'"),
    ).toBe("2048");
    expect((await refused("--mount", "type=nosuch,target=/t", image)).code).toBe(125);
    expect((await refused("--mount", "type=tmpfs", image)).text).toContain("target is required");
  });

  test("a named volume outlives its containers", async () => {
    const volume = driver.own("data");
    await output("-v", `${volume}:/data`, image, "sh", "-c", "echo kept > /data/file");
    expect(await output("-v", `${volume}:/data:ro`, image, "cat", "/data/file")).toBe("kept");
    expect(await output("--mount", `source=${volume},target=/data`, image, "cat", "/data/file")).toBe("kept");
    expect(await driver.ok("volume", "ls", "-q", "--filter", `name=${volume}`)).toBe(volume);
    await driver.ok("volume", "rm", volume);
  });

  test("a new volume is filled from the image: content, owners, modes", async () => {
    const filled = `${driver.prefix}filled:1`;
    await importTree(driver, filled, async (root) => {
      mkdirSync(join(root, "stuff", "deep"), { recursive: true });
      writeFileSync(join(root, "stuff", "deep", "f"), "x\n");
      chmodSync(join(root, "stuff"), 0o750);
      await must(["chown", "-R", "65534:65534", join(root, "stuff")]);
    });
    const script = "cat /stuff/deep/f; stat -c '%U %a' /stuff; stat -c %U /stuff/deep/f";
    expect(await output("-v", `${driver.own("vol")}:/stuff`, filled, "sh", "-c", script)).toBe(
      "x\nnobody 750\nnobody",
    );
    expect(await output("-v", "/stuff", filled, "sh", "-c", script)).toBe("x\nnobody 750\nnobody");
    expect(
      await output(
        "--mount",
        `source=${driver.own("nocopy")},target=/stuff,volume-nocopy`,
        filled,
        "ls",
        "/stuff",
      ),
    ).toBe("");
    // A volume that holds something is left as it is.
    await output(
      "-v",
      `${driver.own("vol")}:/stuff`,
      image,
      "sh",
      "-c",
      "rm -r /stuff/deep; touch /stuff/mine",
    );
    expect(await output("-v", `${driver.own("vol")}:/stuff`, filled, "ls", "/stuff")).toBe("mine");
    await driver.ok("rmi", filled);
  });

  test("an anonymous volume goes with rm -v, a named one stays; one in use is not removed", async () => {
    const name = driver.own("holder");
    const volume = driver.own("held");
    await driver.ok("create", "--name", name, "-v", `${volume}:/a`, "-v", "/b", image);
    const mounts = JSON.parse(await driver.ok("inspect", "-f", "{{json .Mounts}}", name));
    const anonymous = mounts.find((mount: { Destination: string }) => mount.Destination === "/b").Name;
    expect(anonymous).toMatch(/^[0-9a-f]{64}$/);
    expect((await driver.fails("volume", "rm", volume)).text).toContain("volume is in use");
    await driver.ok("rm", "-v", name);
    const volumes = await driver.ok("volume", "ls", "-q");
    expect(volumes).toContain(volume);
    expect(volumes).not.toContain(anonymous);
  });

  test("--volumes-from shares them", async () => {
    const name = driver.own("source");
    await driver.ok(
      "run",
      "--name",
      name,
      "-v",
      `${driver.own("shared")}:/shared`,
      image,
      "sh",
      "-c",
      "echo s > /shared/f",
    );
    expect(await output("--volumes-from", name, image, "cat", "/shared/f")).toBe("s");
    await driver.ok("rm", "-v", name);
  });

  test("propagation: rslave sees what the host mounts later, private does not", async () => {
    if (driver.engine === "dockerd") return;
    const point = join(host, "prop");
    mkdirSync(join(point, "in"), { recursive: true });
    await must(["mount", "--bind", point, point]);
    await must(["mount", "--make-shared", point]);
    try {
      for (const mode of ["rslave", "rprivate"])
        await driver.ok(
          "run",
          "-d",
          "--name",
          driver.own(mode),
          "-v",
          `${point}:/p:${mode}`,
          image,
          "sleep",
          "1000",
        );
      await must(["mount", "-t", "tmpfs", "tmpfs", join(point, "in")]);
      writeFileSync(join(point, "in", "late"), "");
      expect(await driver.ok("exec", driver.own("rslave"), "ls", "/p/in")).toBe("late");
      expect(await driver.ok("exec", driver.own("rprivate"), "ls", "/p/in")).toBe("");
    } finally {
      await driver.run(["rm", "-f", driver.own("rslave"), driver.own("rprivate")]);
      await must(["umount", "-R", point]);
    }
  });

  test("a symbolic link in the image does not lead a mount out of it", async () => {
    const linked = `${driver.prefix}linked:1`;
    await importTree(driver, linked, (root) => symlinkSync("/../../../../tmp", join(root, "escape")));
    await output("-v", `${inside(host)}:/escape/${driver.own("out")}`, linked, "true");
    expect(existsSync(join("/tmp", driver.own("out")))).toBe(false);
    await driver.ok("rmi", linked);
  });
});

/** Where a folder of the test can be seen by the engine too. */
function hostFolder(engine: "gantry" | "dockerd"): string {
  return engine === "dockerd" ? (process.env.GANTRY_PEER_FOLDER ?? tmpdir()) : tmpdir();
}

/** The same folder as the engine sees it: the peer's tree is its root. */
function inside(path: string): string {
  const folder = process.env.GANTRY_PEER_FOLDER;
  return folder !== undefined && path.startsWith(folder) ? path.slice(folder.length - "/tmp".length) : path;
}

function partOfImage(path: string): string {
  return `type=image,source=${image},target=/img,image-subpath=${path}`;
}
