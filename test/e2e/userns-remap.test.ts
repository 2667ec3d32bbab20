import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, patience } from "../support/command.ts";
import { busyboxImage as image } from "../support/drivers.ts";
import { Driver } from "../support/driver.ts";
import { ensureBusybox } from "../support/images.ts";
import { gantryBinary } from "../support/paths.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000 * patience);

const files = ["/etc/subuid", "/etc/subgid"] as const;
const before = files.map((file) => (existsSync(file) ? readFileSync(file, "utf8") : undefined));
const start = 300_000;

describe("--userns-remap", () => {
  let engine: TestEngine;
  let driver: Driver;

  beforeAll(async () => {
    // The account root has ids to give, of a range of this test's own.
    for (const file of files) appendFileSync(file, `root:${start}:65536\n`);
    engine = TestEngine.prepare({ flags: ["--userns-remap", "root"] });
    chmodSync(engine.directory, 0o711);
    await engine.start();
    driver = new Driver("gantry", "gantry", engine.host, [gantryBinary]);
    await ensureBusybox(driver);
  });
  afterAll(async () => {
    await driver.clean();
    const left = await engine.dispose();
    for (const [index, file] of files.entries()) writeFileSync(file, before[index] ?? "");
    expect(left).toEqual([]);
  });

  const shell = (flags: string[], script: string) =>
    driver.ok("run", "--rm", ...flags, image, "sh", "-c", script);
  const running = async (name: string, ...flags: string[]) => {
    await driver.ok("run", "-d", "--name", driver.own(name), ...flags, image, "sleep", "1000");
    return driver.own(name);
  };
  const owners = async (tar: string[]) => {
    const listed = await run(["sh", "-c", '"$@" | tar -tv --numeric-owner', "sh", gantryBinary, ...tar], {
      env: { DOCKER_HOST: driver.host },
    });
    return listed.stdout;
  };

  test("root is somebody else on the host, with a data root of that mapping", async () => {
    const name = await running("mapped");
    const pid = await driver.ok("inspect", "-f", "{{.State.Pid}}", name);
    expect(readFileSync(`/proc/${pid}/status`, "utf8")).toMatch(new RegExp(`^Uid:\t${start}\t`, "m"));
    expect(await driver.ok("exec", name, "cat", "/proc/self/uid_map")).toMatch(/^ +0 +300000 +65536$/);
    expect(await driver.ok("exec", name, "id", "-u")).toBe("0");
    expect(await driver.ok("info", "-f", "{{.DockerRootDir}}")).toBe(
      join(engine.dataRoot, `${start}.${start}`),
    );
    expect(await driver.ok("info", "-f", "{{.SecurityOptions}}")).toContain("name=userns");
    await driver.ok("rm", "-f", name);
  });

  test("files belong to whom the image says, and can be written", async () => {
    expect(
      await shell([], "touch /x /etc/passwd; stat -c %u:%g /x /etc/passwd /bin/busybox /etc/hosts /"),
    ).toBe("0:0\n0:0\n0:0\n0:0\n0:0");
    expect(await shell(["--user", "1000:7"], "touch /tmp/x; stat -c %u:%g /tmp/x")).toBe("1000:7");
    expect(await shell(["-w", "/made/here"], "pwd; stat -c %u .")).toBe("/made/here\n0");
    expect(await shell(["--ipc", "shareable"], "touch /dev/shm/x; stat -c %u /dev/shm/x")).toBe("0");
  });

  test("volumes: filled from the image, shared with a container of the host's users, a part of one", async () => {
    const volume = driver.own("data");
    expect(
      await shell(
        ["-v", `${volume}:/etc`],
        "touch /etc/new; chown 5:6 /etc/new; stat -c %u:%g /etc/new /etc/group",
      ),
    ).toBe("5:6\n0:0");
    expect(
      await shell(["--userns", "host", "-v", `${volume}:/v`], "cat /proc/self/uid_map; stat -c %u:%g /v/new"),
    ).toMatch(/^ +0 +0 +4294967295\n5:6$/);
    const part = `type=volume,source=${volume},target=/part,volume-subpath=group`;
    expect(await shell(["--mount", part], "stat -c %u /part; echo x:x:9: >> /part")).toBe("0");
    await driver.ok("volume", "rm", volume);
    const shown = `type=image,source=${image},target=/img,image-subpath=etc`;
    expect(await shell(["--mount", shown], "stat -c %u /img/passwd")).toBe("0");
  });

  test("cp both ways, commit, export, diff: owners are the container's", async () => {
    const name = await running("files");
    await driver.ok("exec", name, "sh", "-c", "touch /made; chown 3:4 /made");
    writeFileSync(join(engine.directory, "note"), "text\n");
    await driver.ok("cp", join(engine.directory, "note"), `${name}:/note`);
    expect(await driver.ok("exec", name, "stat", "-c", "%u:%g", "/note")).toBe("0:0");
    expect(await owners(["cp", `${name}:/made`, "-"])).toMatch(/ 3\/4 .* made$/m);
    expect(await owners(["export", name])).toMatch(/ 3\/4 .* made$/m);
    expect(await driver.ok("diff", name)).toBe("A /made\nA /note");
    const committed = `${driver.own("image")}:latest`;
    await driver.ok("commit", name, committed);
    expect(await driver.ok("run", "--rm", committed, "stat", "-c", "%u:%g", "/made")).toBe("3:4");
    await driver.ok("rmi", committed);
    await driver.ok("stop", "-t", "0", name);
    await driver.ok("cp", join(engine.directory, "note"), `${name}:/note2`);
    await driver.ok("start", name);
    expect(await driver.ok("exec", name, "stat", "-c", "%u", "/note2")).toBe("0");
    await driver.ok("rm", "-f", name);
  });

  test("networks: root binds low ports, another container shares them with the user namespace", async () => {
    const name = driver.own("web");
    await driver.ok("run", "-d", "--name", name, image, "httpd", "-f", "-p", "80", "-h", "/etc");
    const get = "for i in 1 2 3 4 5 6 7 8 9; do wget -qO- http://127.0.0.1/group && break; sleep 0.1; done";
    expect(await shell(["--network", `container:${name}`], get)).toContain("root:");
    await driver.ok("rm", "-f", name);
  });

  test("what needs the host's root is refused, unless --userns=host", async () => {
    const refused = async (...flags: string[]) =>
      (await driver.fails("run", "--rm", ...flags, image, "true")).text;
    expect(await refused("--privileged")).toContain("privileged mode is incompatible with user namespaces.");
    expect(await refused("--network", "host")).toContain(
      "cannot share the host's network namespace when user namespaces are enabled",
    );
    expect(await refused("--pid", "host")).toContain(
      "cannot share the host PID namespace when user namespaces are enabled",
    );
    await driver.ok("run", "--rm", "--privileged", "--userns", "host", image, "true");
  });

  test("root of a container is nobody to the host's files", async () => {
    const secret = join(engine.directory, "secret");
    writeFileSync(secret, "hidden", { mode: 0o600 });
    expect((await driver.fails("run", "--rm", "-v", `${secret}:/s:ro`, image, "cat", "/s")).text).toContain(
      "Permission denied",
    );
    // A capability that Docker's default set does not have, and that counts for its own namespaces alone.
    const mount = ["--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined"];
    expect(await shell(mount, "mount -t tmpfs t /tmp && echo mounted")).toBe("mounted");
    expect((await driver.fails("run", "--rm", ...mount, image, "sh", "-c", "mknod /d b 7 0")).text).toContain(
      "Operation not permitted",
    );
  });

  test("a container outlives a killed engine, and is left whole", async () => {
    const name = await running("survivor");
    await engine.end("SIGKILL");
    await engine.start();
    await driver.ok("exec", name, "touch", "/after");
    await driver.ok("restart", "-t", "0", name);
    expect(await driver.ok("exec", name, "stat", "-c", "%u", "/after")).toBe("0");
    await driver.ok("rm", "-f", name);
  });

  test("a build's commands run in the same namespace, and leave right owners", async () => {
    const directory = join(engine.directory, "context");
    await run(["mkdir", "-p", directory]);
    const lines = [
      `FROM ${image} AS built`,
      "RUN cat /proc/self/uid_map > /map && touch /x && chown 7:8 /x",
      "RUN --mount=type=cache,target=/cache touch /cache/c && stat -c %u /cache/c > /cached",
      "WORKDIR /work",
      "FROM built AS reader",
      "RUN --mount=from=built,target=/ro --mount=from=built,target=/rw,rw stat -c %u:%g /ro/x /rw/x > /seen && touch /rw/y",
    ];
    writeFileSync(join(directory, "Dockerfile"), lines.join("\n"));
    const built = `${driver.own("built")}:latest`;
    await driver.ok("build", "-t", built, directory);
    expect(
      await driver.ok("run", "--rm", built, "sh", "-c", "cat /map /cached /seen; stat -c %u:%g /x ."),
    ).toMatch(/^ +0 +300000 +65536\n0\n7:8\n7:8\n7:8\n0:0$/);
    await driver.ok("rmi", built);
  });
});
