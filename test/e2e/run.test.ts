import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";
import { runPrefix } from "../support/paths.ts";

scenarios("run", ({ driver }) => {
  const run = (...args: string[]) => driver.run(["run", "--rm", ...args]);
  const output = async (...args: string[]) => (await run(...args)).stdout;

  test("shows the output and answers the exit code", async () => {
    expect(await run(image, "echo", "hello, world")).toEqual({
      code: 0,
      stdout: "hello, world\n",
      stderr: "",
    });
    expect((await run(image, "sh", "-c", "exit 42")).code).toBe(42);
    expect((await run(image, "sh", "-c", "sh -c 'kill -9 $$'; exit $?")).code).toBe(137);
    expect((await run(image, "sh", "-c", "sh -c 'kill -15 $$'; exit $?")).code).toBe(143);
  });

  test("keeps stdout and stderr apart", async () => {
    const result = await run(image, "sh", "-c", "echo out; echo err >&2");
    expect(result).toEqual({ code: 0, stdout: "out\n", stderr: "err\n" });
  });

  test("127 for a command that is not there, 126 for one that cannot be run, 125 for the engine's own errors", async () => {
    const missing = await run(image, "no-such-command");
    expect(missing.code).toBe(127);
    expect(missing.stderr).toContain("no-such-command");
    expect((await run(image, "/etc/passwd")).code).toBe(126);
    expect((await run(image, "/etc")).code).toBe(126);
    expect((await run("--network", "no-such-network", image)).code).toBe(125);
    const noImage = await run("no-such-image-anywhere:1", "true");
    expect(noImage.code).toBe(125);
    expect(noImage.stderr).toContain("no-such-image-anywhere:1");
  });

  test("a failed start leaves no container behind", async () => {
    const name = driver.own("failed");
    await driver.run(["run", "--rm", "--name", name, image, "no-such-command"]);
    await driver.run(["run", "--rm", "--name", name, "--network", "no-such-network", image]);
    expect(await driver.containers()).not.toContain(name);
  });

  test("without --rm, the failed container stays, created with the code", async () => {
    const name = driver.own("stays");
    expect((await driver.run(["run", "--name", name, image, "no-such-command"])).code).toBe(127);
    expect(await driver.ok("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name)).toBe(
      "created 127",
    );
    await driver.ok("rm", name);
  });

  test("environment: -e, from the host, --env-file, PATH and HOSTNAME by default", async () => {
    const directory = mkdtempSync(join(tmpdir(), `${runPrefix}env-`));
    const file = join(directory, "env");
    writeFileSync(file, "# a comment\nFROM_FILE=yes\n\nFROM_HOST\nWITH_SPACE=a b\n");
    const result = await driver.run(
      ["run", "--rm", "--hostname", "box", "-e", "A=1", "-e", "FROM_HOST", "--env-file", file, image, "env"],
      { env: { FROM_HOST: "host" } },
    );
    rmSync(directory, { recursive: true });
    expect(result.stdout.trim().split("\n").sort()).toEqual([
      "A=1",
      "FROM_FILE=yes",
      "FROM_HOST=host",
      "HOME=/root",
      "HOSTNAME=box",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "WITH_SPACE=a b",
    ]);
  });

  test("a user by name, number and group", async () => {
    expect(await output("-u", "nobody", image, "id")).toBe(
      "uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)\n",
    );
    expect(await output("-u", "1234:100", image, "id")).toBe("uid=1234 gid=100(users) groups=100(users)\n");
    expect(await output("-u", "nobody", "--group-add", "users", image, "id", "-G")).toBe("65534 100\n");
    const unknown = await run("-u", "nosuchuser", image, "id");
    expect(unknown.code).toBe(125);
    expect(unknown.stderr).toContain("unable to find user nosuchuser");
  });

  test("a working directory, made when it is not there", async () => {
    expect(await output("-w", "/made/for/this", image, "pwd")).toBe("/made/for/this\n");
    expect((await run("-w", "relative", image, "pwd")).code).toBe(125);
  });

  test("--entrypoint replaces, arguments follow it", async () => {
    expect(await output("--entrypoint", "echo", image, "a", "b")).toBe("a b\n");
    expect(await output("--entrypoint", "", image, "echo", "c")).toBe("c\n");
  });

  test("--hostname and --domainname", async () => {
    expect(await output("--hostname", "box", image, "hostname")).toBe("box\n");
    expect(
      await output(
        "--hostname",
        "box",
        "--domainname",
        "example.org",
        image,
        "sh",
        "-c",
        "hostname; cat /proc/sys/kernel/domainname",
      ),
    ).toBe("box\nexample.org\n");
    expect(await output(image, "hostname")).toMatch(/^[0-9a-f]{12}\n$/);
  });

  test("--read-only with a writable tmpfs", async () => {
    const result = await run(
      "--read-only",
      "--tmpfs",
      "/work:size=1m",
      image,
      "sh",
      "-c",
      "echo x > /work/a && cat /work/a; echo y > /b",
    );
    expect(result.stdout).toBe("x\n");
    expect(result.stderr).toContain("Read-only file system");
  });

  test("--init runs as process 1 and reaps", async () => {
    if (driver.engine === "dockerd") return;
    expect(await output("--init", image, "sh", "-c", "echo $$")).not.toBe("1\n");
    expect(await output(image, "sh", "-c", "echo $$")).toBe("1\n");
  });

  test("--ulimit, --sysctl, --shm-size, --oom-score-adj", async () => {
    expect(await output("--ulimit", "nofile=64:128", image, "sh", "-c", "ulimit -Sn; ulimit -Hn")).toBe(
      "64\n128\n",
    );
    expect(
      await output("--sysctl", "net.core.somaxconn=77", image, "cat", "/proc/sys/net/core/somaxconn"),
    ).toBe("77\n");
    expect(
      await output("--shm-size", "8m", image, "sh", "-c", "df -k /dev/shm | tail -1 | awk '{print $2}'"),
    ).toBe("8192\n");
    expect(await output(image, "sh", "-c", "df -k /dev/shm | tail -1 | awk '{print $2}'")).toBe("65536\n");
    expect(await output("--oom-score-adj", "500", image, "cat", "/proc/self/oom_score_adj")).toBe("500\n");
  });

  test("--cidfile holds the id and is not overwritten", async () => {
    const directory = mkdtempSync(join(tmpdir(), `${runPrefix}cid-`));
    const file = join(directory, "cid");
    const name = driver.own("cid");
    await driver.ok("run", "--name", name, "--cidfile", file, image, "true");
    expect(readFileSync(file, "utf8")).toBe(await driver.ok("inspect", "-f", "{{.Id}}", name));
    const again = await driver.run(["run", "--cidfile", file, image, "true"]);
    expect(again.code).toBe(125);
    expect(again.stderr).toMatch(/container ID file found/i);
    rmSync(directory, { recursive: true });
    await driver.ok("rm", name);
  });

  test("labels, from flags and a file", async () => {
    const directory = mkdtempSync(join(tmpdir(), `${runPrefix}labels-`));
    writeFileSync(join(directory, "labels"), "from=file\n# comment\n");
    const name = driver.own("labels");
    await driver.ok(
      "create",
      "--name",
      name,
      "-l",
      "a=b",
      "-l",
      "empty",
      "--label-file",
      join(directory, "labels"),
      image,
    );
    expect(JSON.parse(await driver.ok("inspect", "-f", "{{json .Config.Labels}}", name))).toEqual({
      a: "b",
      empty: "",
      from: "file",
    });
    rmSync(directory, { recursive: true });
    await driver.ok("rm", name);
  });

  test("-d prints the id, and the container goes on", async () => {
    const name = driver.own("detached");
    const id = await driver.ok("run", "-d", "--name", name, image, "sleep", "1000");
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(await driver.ok("inspect", "-f", "{{.State.Running}}", name)).toBe("true");
    await driver.ok("rm", "-f", name);
  });

  test("an invalid or taken name is refused", async () => {
    const name = driver.own("taken");
    await driver.ok("create", "--name", name, image);
    const taken = await driver.fails("create", "--name", name, image);
    expect(taken.code).toBe(1);
    expect(taken.text).toContain(`Conflict. The container name "/${name}" is already in use by container`);
    expect((await driver.fails("create", "--name", "no spaces", image)).text).toContain(
      "Invalid container name (no spaces)",
    );
    await driver.ok("rm", name);
  });

  test("--pull never says what is missing", async () => {
    const { code, text } = await driver.fails("run", "--pull", "never", "not-here:1");
    expect(code).toBe(125);
    expect(text).toContain("No such image: not-here:1");
  });
});
