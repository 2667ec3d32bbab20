// A learner's Docker notes, line by line: real services, in images that Dockerfiles make of Debian's packages.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../support/command.ts";
import { debianMirror, importDebian } from "../support/debian-image.ts";
import { scenarios } from "../support/drivers.ts";
import { buildExample, builder } from "../support/examples.ts";
import { runPrefix } from "../support/paths.ts";
import { logged, page, publishedPort, talk } from "../support/talk.ts";

const notebook = "jupyter/datascience-notebook:latest";
const mirror = await debianMirror();

if ("missing" in mirror) test.skip(`walkthrough, services: ${mirror.missing}`, () => {});
else {
  scenarios("walkthrough, services", ({ driver }) => {
    const address = (name: string) =>
      driver.ok("inspect", "-f", "{{.NetworkSettings.Networks.bridge.IPAddress}}", name);
    /** What a stop by the image's own signal leaves: 0, where a kill after the grace would leave 137. */
    const stopped = async (name: string) => {
      await driver.ok("stop", name);
      return driver.ok("inspect", "-f", "{{.State.ExitCode}}", name);
    };
    const redis = (name: string, ...args: string[]) =>
      driver.ok("run", "-d", "--name", driver.own(name), ...args, "redis");
    /** A client in a container of its own. */
    const sql = async (where: string[], text: string, network: string[] = []) =>
      driver.run(["run", "--rm", ...network, "mysql:5.7", "mariadb", "-N", ...where, "-e", text]);

    beforeAll(async () => {
      await importDebian(driver, mirror.uri, ["debian:12"]);
      await buildExample(driver, "redis", "redis");
      await buildExample(driver, "mariadb", "mysql:5.7");
      await buildExample(driver, "notebook", notebook);
    }, 300_000);
    afterAll(async () => {
      await driver.clean();
      // What the next client builds again on an engine of ours comes from the cache.
      if (driver.engine === "dockerd")
        await driver.ok("rmi", "-f", "redis", "mysql:5.7", notebook, "httpd", driver.own("d6"), "debian:12");
    }, 60_000);

    test("D5: apache2 from packages says that it works", async () => {
      const name = driver.own("web");
      await buildExample(driver, "apache2", "httpd");
      await driver.ok("run", "-d", "--name", name, "-p", "80", "httpd");
      await page(await publishedPort(driver, name, 80), "/", /It works!/);
      expect(await driver.ok("logs", name)).toContain('"GET / HTTP/1.0" 200');
      expect(await stopped(name)).toBe("0");
    }, 240_000);

    test("B4: redis on a published port, and a second one beside it", async () => {
      const ports: number[] = [];
      for (const name of ["redis1", "redis2"]) {
        await redis(name, "-p", "6379");
        await logged(driver, driver.own(name), /Ready to accept connections/);
        ports.push(await publishedPort(driver, driver.own(name), 6379));
      }
      const [first = 0, second = 0] = ports;
      expect(await talk(first, "set mykey hello\r\n")).toBe("+OK\r\n");
      expect(await talk(first, "get mykey\r\n", /hello\r\n/)).toBe("$5\r\nhello\r\n");
      expect(await talk(second, "get mykey\r\n")).toBe("$-1\r\n");
      for (const name of ["redis1", "redis2"]) expect(await stopped(driver.own(name))).toBe("0");
    });

    test("B5: a client in a second container, by the names of the host", async () => {
      await redis("redis5", "-p", "6379");
      await logged(driver, driver.own("redis5"), /Ready to accept connections/);
      const port = await publishedPort(driver, driver.own("redis5"), 6379);
      const names = ["host.docker.internal", "host.gantry.internal", "docker.for.mac.localhost"];
      // A dockerd without Docker Desktop around it has to be told.
      const added = names.flatMap((name) => ["--add-host", `${name}:host-gateway`]);
      const cli = (name: string, ...words: string[]) => {
        const flags = driver.engine === "dockerd" ? added : [];
        return driver.ok(
          "run",
          "--rm",
          ...flags,
          "redis",
          "redis-cli",
          "-h",
          name,
          "-p",
          `${port}`,
          ...words,
        );
      };
      for (const name of names) {
        expect(await cli(name, "PING")).toBe("PONG");
        expect(await cli(name, "SET", name, "hello")).toBe("OK");
        expect(await cli(name, "GET", name)).toBe("hello");
      }
      expect((await cli(names[0] ?? "", "KEYS", "*")).split("\n").toSorted()).toEqual(names.toSorted());
    });

    test("B6: a MySQL that lets everybody in, asked from the host", async () => {
      const name = driver.own("mysql6");
      const flags = ["-p", "3306", "-e", "MYSQL_ALLOW_EMPTY_PASSWORD=true", "--name", name];
      await driver.ok("run", "-d", ...flags, "mysql:5.7");
      await logged(driver, name, /port: 3306/);
      const port = await publishedPort(driver, name, 3306);
      const asked = await sql(["-h", "127.0.0.1", "-P", `${port}`, "-u", "root"], "SELECT 6*7", [
        "--net=host",
      ]);
      expect([asked.stdout, asked.stderr]).toEqual(["42\n", ""]);
      const refused = await driver.fails("run", "--rm", "mysql:5.7");
      expect([refused.code, refused.text]).toEqual([1, expect.stringContaining("set MYSQL_ROOT_PASSWORD")]);
    });

    test("D6, B15, B17: password and database of the Dockerfile; a volume outlives the container; a link to it", async () => {
      const [name, volume] = [driver.own("mysql15"), driver.own("data")];
      const Dockerfile = 'FROM mysql:5.7\nENV MYSQL_ROOT_PASSWORD="it\'s" MYSQL_DATABASE=notes\n';
      const built = await driver.run(["build", "-t", driver.own("d6"), "-"], {
        input: Dockerfile,
        env: builder(driver),
      });
      expect([built.code, built.code === 0 ? "" : built.stderr]).toEqual([0, ""]);
      const serve = async () => {
        await driver.ok("run", "-d", "--name", name, "-v", `${volume}:/var/lib/mysql`, driver.own("d6"));
        await logged(driver, name, /port: 3306/);
      };
      const ask = async (text: string) =>
        sql(["-h", await address(name), "-u", "root", "-pit's", "notes"], text);
      await serve();
      const made = await ask("CREATE TABLE t (line TEXT); INSERT INTO t VALUES ('kept')");
      expect([made.code, made.stderr]).toEqual([0, ""]);
      expect((await sql(["-h", await address(name), "-u", "root"], "SELECT 1")).stderr).toContain(
        "Access denied",
      );
      expect(await stopped(name)).toBe("0");
      await driver.ok("rm", name);
      await serve();
      expect((await ask("SELECT line FROM t")).stdout).toBe("kept\n");
      const byAlias = ["-h", "alias", "-u", "root", "-pit's", "notes"];
      const link = ["--link", `${name}:alias`];
      expect((await sql(byAlias, "SELECT line FROM t", link)).stdout).toBe("kept\n");
      await driver.ok("rm", "-f", name);
    });

    test("B13: the host's network has no bridge in the way", async () => {
      const name = driver.own("host-net");
      expect(await driver.ok("run", "--rm", "--net=host", "redis", "cat", "/etc/hostname")).toBe(hostname());
      await driver.ok("run", "-d", "--name", name, "--net=host", "redis", "redis-server", "--port", "24813");
      await logged(driver, name, /Ready to accept connections/);
      expect(await talk(24813, "PING\r\n")).toBe("+PONG\r\n");
      expect(await stopped(name)).toBe("0");
    });

    test("B16: a notebook: the token is in the logs, the page shows the host's folder", async () => {
      const name = driver.own("notebook");
      const work = mkdtempSync(join(tmpdir(), runPrefix));
      chmodSync(work, 0o755);
      try {
        // Written by a container: a dockerd may stand in a tree of its own, where this folder is another one.
        const files = ["-v", `${work}:/home/jovyan/work`];
        await driver.ok("run", "--rm", "-u", "root", ...files, notebook, "touch", "mine.ipynb");
        await driver.ok("run", "--rm", "-d", "-p", "8888", "--name", name, ...files, notebook);
        const [, path = ""] = /:8888(\S+)/.exec(await logged(driver, name, /token=/)) ?? [];
        const port = await publishedPort(driver, name, 8888);
        expect(await page(port, path, /<\/html>/)).toContain("mine.ipynb");
        expect(await page(port, "/", /<\/html>/)).toContain("The token is missing or wrong");
        await driver.ok("stop", name);
        await eventually("it is removed", async () => !(await driver.containers()).includes(name));
      } finally {
        rmSync(work, { recursive: true });
      }
    });
  });
}
