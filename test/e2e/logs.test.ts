import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { eventually } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

scenarios("logs", (scene) => {
  const { driver } = scene;
  const sizes = ["--log-driver", "local", "--log-opt", "max-size=200k", "--log-opt", "max-file=3"];

  test("a million lines come whole, and from their end, at once", async () => {
    const name = driver.own("million");
    await driver.ok("run", "-d", "--name", name, image, "seq", "1", "1000000");
    await driver.ok("wait", name);
    const child = driver.spawn(["logs", name]);
    const hash = createHash("sha256");
    for await (const chunk of child.stdout) hash.update(chunk);
    const expected = createHash("sha256");
    expected.update(Array.from({ length: 1_000_000 }, (_, index) => `${index + 1}\n`).join(""));
    expect(hash.digest("hex")).toBe(expected.digest("hex"));
    expect(await driver.ok("logs", "--tail", "2", name)).toBe("999999\n1000000");
    await driver.ok("rm", name);
  });

  test("binary output comes back byte for byte", async () => {
    const name = driver.own("binary");
    // Not json-file: it has room for text only.
    await driver.ok(
      "run",
      "--name",
      name,
      "--log-driver",
      "local",
      image,
      "head",
      "-c",
      "200000",
      "/bin/busybox",
    );
    const logged = driver.spawn(["logs", name]);
    const bytes = await new Response(logged.stdout).bytes();
    const copied = driver.spawn(["run", "--rm", image, "head", "-c", "200000", "/bin/busybox"]);
    expect(Buffer.compare(bytes, await new Response(copied.stdout).bytes())).toBe(0);
    await driver.ok("rm", name);
  });

  test("a log stays within its bounds, with its newest lines", async () => {
    const name = driver.own("bounded");
    await driver.ok("run", "--name", name, ...sizes, image, "seq", "1", "100000");
    const lines = (await driver.ok("logs", name)).split("\n").map(Number);
    expect(lines.at(-1)).toBe(100_000);
    expect(lines.length).toBeLessThan(60_000);
    expect(lines.length).toBeGreaterThan(4_000);
    expect(lines).toEqual(Array.from({ length: lines.length }, (_, index) => 100_001 - lines.length + index));
    await driver.ok("rm", name);
  });

  test("-f follows across rotation, and to the end", async () => {
    const name = driver.own("rotating");
    const script =
      "read go; i=0; while [ $i -lt 60 ]; do seq 1 1000; i=$((i+1)); usleep 20000; done; echo end";
    await driver.ok("run", "-d", "-i", "--name", name, ...sizes, image, "sh", "-c", script);
    const following = driver.spawn(["logs", "-f", name]);
    const text = new Response(following.stdout).text();
    const attached = driver.spawn(["attach", name]);
    await attached.stdin.write("go\n");
    const thousand = Array.from({ length: 1000 }, (_, index) => `${index + 1}\n`).join("");
    expect((await text) === `${thousand.repeat(60)}end\n`).toBe(true);
    await attached.exited;
    await driver.ok("rm", name);
  });

  test("-f goes on over a restart", async () => {
    // dockerd ends there.
    if (driver.engine === "dockerd") return;
    const name = driver.own("restarted");
    await driver.ok("run", "-d", "--name", name, image, "sh", "-c", "echo up; exec sleep 1000");
    const following = driver.spawn(["logs", "-f", name]);
    const [seen, rest] = following.stdout.tee();
    const text = new Response(rest).text();
    // It must be following before there is a restart to follow over.
    await seen.getReader().read();
    await driver.ok("restart", "-t", "0", name);
    await eventually("it is up again", async () => (await driver.ok("logs", name)) === "up\nup");
    await driver.ok("stop", "-t", "0", name);
    expect(await text).toBe("up\nup\n");
    await driver.ok("rm", name);
  });

  test("--since and --until to the nanosecond, --details", async () => {
    const name = driver.own("details");
    const attributes = [
      "--label",
      "b=hello world,&",
      "-e",
      "E=v=1",
      "--log-opt",
      "labels=b",
      "--log-opt",
      "env=E",
    ];
    const driven = ["--log-driver", "json-file", ...attributes, "--log-opt", "tag={{.Name}}"];
    const script = "echo one; usleep 5000; echo two; usleep 5000; printf part";
    await driver.ok("run", "--name", name, ...driven, image, "sh", "-c", script);
    const details = `E=v%3D1,b=hello+world%2C%26,tag=${name}`;
    expect(await driver.ok("logs", "--details", name)).toBe(
      `${details} one\n${details} two\n${details} part`,
    );
    const times = (await driver.ok("logs", "-t", "--details", name)).split("\n");
    const [time = "", ...rest] = times[1]?.split(" ") ?? [];
    expect(rest.join(" ")).toBe(`${details} two`);
    expect(await driver.ok("logs", "--since", time, name)).toBe("two\npart");
    expect(await driver.ok("logs", "--until", time, name)).toBe("one\ntwo");
    expect(await driver.ok("logs", "--since", time, "--tail", "1", name)).toBe("part");
    await driver.ok("rm", name);
  });

  test("without what details could show there is still a space", async () => {
    const name = driver.own("plain");
    await driver.ok("run", "--name", name, "--log-driver", "local", image, "echo", "one");
    expect((await driver.run(["logs", "--details", name])).stdout).toBe(" one\n");
    await driver.ok("rm", name);
  });

  test("none keeps nothing; an unknown driver is refused", async () => {
    const name = driver.own("none");
    await driver.ok("run", "--name", name, "--log-driver", "none", image, "echo", "one");
    expect((await driver.fails("logs", name)).text).toContain(
      "configured logging driver does not support reading",
    );
    await driver.ok("rm", name);
    const refused = await driver.fails("run", "--rm", "--log-driver", "nosuch", image, "true");
    expect(refused.code).toBe(125);
    expect(refused.text).toContain('error looking up logging plugin nosuch: plugin "nosuch" not found');
  });

  test("json-file: what tails it finds at LogPath is what Docker writes, to the end", async () => {
    if (scene.engine === undefined) return;
    const name = driver.own("json");
    const options = ["--log-driver", "json-file", "--log-opt", "tag={{.Name}}"];
    await driver.ok("run", "--name", name, ...options, image, "sh", "-c", "seq 1 5000; printf end");
    const lines = readFileSync(await driver.ok("inspect", "-f", "{{.LogPath}}", name), "utf8")
      .trim()
      .split("\n");
    const entries = lines.map((line) => JSON.parse(line) as { log: string; stream: string; attrs: object });
    expect(entries.map(({ log }) => log).join("")).toBe(await driver.ok("logs", name));
    expect(entries[0]).toMatchObject({ log: "1\n", stream: "stdout", attrs: { tag: name } });
    await driver.ok("rm", name);
  });

  test("syslog: nothing is lost over the engine's death, and it can be read back", async () => {
    const { engine } = scene;
    if (engine === undefined) return;
    const name = driver.own("syslog");
    const received: string[] = [];
    const server = createServer((socket) => socket.on("data", (data) => received.push(data.toString())));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `syslog-address=tcp://127.0.0.1:${(server.address() as { port: number }).port}`;
    const shared = mkdtempSync(join(engine.directory, "shared-"));
    const script =
      "echo before; until [ -e /s/go ]; do usleep 10000; done; echo without; touch /s/done; sleep 1000";
    const options = [
      "--log-driver",
      "syslog",
      "--log-opt",
      address,
      "--log-opt",
      "tag=T",
      "-v",
      `${shared}:/s`,
    ];
    await driver.ok("run", "-d", "--name", name, ...options, image, "sh", "-c", script);
    await eventually("it came", async () => received.join("").includes("before"));
    await engine.end("SIGKILL");
    writeFileSync(join(shared, "go"), "");
    await eventually("it is written", async () => existsSync(join(shared, "done")));
    await engine.start();
    await eventually("it came, too", async () => received.join("").includes("without"));
    const texts = received
      .join("")
      .trim()
      .split("\n")
      .map((line) => line.replace(/.*\]: /, ""));
    // What had come when the engine died may come again: it could not yet note how far it was.
    expect([...new Set(texts)]).toEqual(["before", "without"]);
    expect(texts.at(-1)).toBe("without");
    expect(await driver.ok("logs", name)).toBe("before\nwithout");
    await driver.ok("rm", "-f", name);
    server.close();
  });

  test("a syslog server that is not there: the container does not start, nothing stays", async () => {
    const name = driver.own("refused");
    const options = ["--log-driver", "syslog", "--log-opt", "syslog-address=tcp://127.0.0.1:1"];
    const { code, text } = await driver.fails("run", "--name", name, ...options, image, "true");
    expect(code).toBe(125);
    expect(text).toContain(
      "failed to create task for container: failed to initialize logging driver: dial tcp 127.0.0.1:1",
    );
    await driver.ok("rm", name);
  });

  test("a log of a dead engine stays bounded; its next one goes on with it", async () => {
    const { engine } = scene;
    if (engine === undefined) return;
    const name = driver.own("orphan");
    const shared = mkdtempSync(join(engine.directory, "shared-"));
    const script =
      "until [ -e /shared/go ]; do usleep 10000; done; seq 1 400000; echo last; touch /shared/done";
    await driver.ok(
      "run",
      "-d",
      "--name",
      name,
      "-v",
      `${shared}:/shared`,
      ...sizes,
      image,
      "sh",
      "-c",
      script,
    );
    const logs = join(
      engine.dataRoot,
      "containers",
      await driver.ok("inspect", "-f", "{{.Id}}", name),
      "logs",
    );
    await engine.end("SIGKILL");
    writeFileSync(join(shared, "go"), "");
    await eventually("it has written all", async () => existsSync(join(shared, "done")));
    expect(bytesIn(logs)).toBeLessThan(17 * megabyte);
    await engine.start();
    expect(await driver.ok("logs", "-n", "2", name)).toBe("400000\nlast");
    expect(bytesIn(logs)).toBeLessThan(megabyte);
    await driver.ok("rm", "-f", name);
  });
});

const megabyte = 1024 * 1024;

/** Each file counted once, whatever its names. */
function bytesIn(directory: string): number {
  const files = new Map(
    readdirSync(directory)
      .map((name) => statSync(join(directory, name)))
      .map((stat) => [stat.ino, stat.size]),
  );
  return [...files.values()].reduce((sum, size) => sum + size, 0);
}
