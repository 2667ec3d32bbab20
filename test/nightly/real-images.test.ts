// Images of real programs, each by its Dockerfile in `examples`, asked in its own protocol and stopped by its own signal.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "../support/command.ts";
import { debianMirror, importDebian } from "../support/debian-image.ts";
import { scenarios } from "../support/drivers.ts";
import { buildExample } from "../support/examples.ts";
import { runPrefix } from "../support/paths.ts";
import { logged, page, publishedPort } from "../support/talk.ts";

const limitMs = 300_000;
const mirror = await debianMirror();

if ("missing" in mirror) test.skip(`real images: ${mirror.missing}`, () => {});
else {
  scenarios("real images", ({ driver }) => {
    const inspect = (name: string, format: string) => driver.ok("inspect", "-f", format, name);
    /** What a stop by the image's own signal leaves: 0, where a kill after the grace would leave 137. */
    const stopped = async (name: string) => {
      await driver.ok("stop", name);
      return inspect(name, "{{.State.ExitCode}}");
    };
    const images = ["nginx", "postgres", "c", "node"];

    beforeAll(async () => importDebian(driver, mirror.uri, ["debian:12"]), limitMs);
    afterAll(async () => {
      await driver.clean();
      // What the next client builds again on an engine of ours comes from the cache.
      if (driver.engine === "dockerd")
        await driver.ok("rmi", "-f", ...images.map((name) => driver.own(name)), "debian:12");
    }, 60_000);

    test(
      "nginx shows a page of the host",
      async () => {
        const name = driver.own("nginx");
        await buildExample(driver, "nginx", name);
        const files = ["-v", `${driver.own("site")}:/var/www/html`];
        await driver.ok(
          "run",
          "--rm",
          ...files,
          name,
          "sh",
          "-c",
          "echo '<h1>mine</h1>' >/var/www/html/index.html",
        );
        await driver.ok("run", "-d", "--name", name, "-p", "80", ...files, name);
        await page(await publishedPort(driver, name, 80), "/", /<h1>mine<\/h1>/);
        expect(await driver.ok("logs", name)).toContain('"GET / HTTP/1.0" 200');
        expect(await inspect(name, "{{.Config.StopSignal}}")).toBe("SIGQUIT");
        expect(await stopped(name)).toBe("0");
      },
      limitMs,
    );

    test(
      "postgres keeps in a volume what psql gave it",
      async () => {
        const name = driver.own("postgres");
        await buildExample(driver, "postgres", name);
        expect((await driver.fails("run", "--rm", name)).text).toContain("postgres: set POSTGRES_PASSWORD");
        const serve = async () => {
          const flags = [
            "-e",
            "POSTGRES_PASSWORD=it's",
            "-v",
            `${driver.own("db")}:/var/lib/postgresql/data`,
          ];
          await driver.ok("run", "-d", "--name", name, ...flags, name);
          await logged(driver, name, /database system is ready to accept connections/);
        };
        const ask = async (password: string, text: string) => {
          const address = await inspect(name, "{{.NetworkSettings.Networks.bridge.IPAddress}}");
          const client = [
            "run",
            "--rm",
            "-e",
            `PGPASSWORD=${password}`,
            name,
            "psql",
            "-h",
            address,
            "-U",
            "postgres",
          ];
          return driver.run([...client, "-tAc", text]);
        };
        await serve();
        expect((await ask("it's", "CREATE TABLE t AS SELECT 'kept' AS line")).stdout).toBe("SELECT 1\n");
        expect((await ask("wrong", "SELECT 1")).stderr).toContain("password authentication failed");
        expect(await stopped(name)).toBe("0");
        await driver.ok("rm", name);
        await serve();
        expect((await ask("it's", "SELECT line FROM t")).stdout).toBe("kept\n");
      },
      limitMs,
    );

    test(
      "a C program alone in its image",
      async () => {
        const name = driver.own("c");
        await buildExample(driver, "c", name);
        expect(await inspect(name, "{{len .RootFS.Layers}}")).toBe("1");
        await driver.ok("run", "-d", "--name", name, "-p", "80", name);
        await page(await publishedPort(driver, name, 80), "/", /Hello from C/);
        expect(await stopped(name)).toBe("0");
      },
      limitMs,
    );

    const hasSecrets = driver.isGantryCommand || driver.engine === "dockerd";
    const without = hasSecrets ? "" : " (docker's client has no secrets in the builder's first protocol)";
    test.skipIf(!hasSecrets)(
      `an app of npm packages; where they come from is a secret${without}`,
      async () => {
        const name = driver.own("node");
        const directory = mkdtempSync(join(tmpdir(), runPrefix));
        try {
          const npmrc = join(directory, "npmrc");
          writeFileSync(npmrc, await npmSettings());
          await buildExample(driver, "node", name, "--secret", `id=npmrc,src=${npmrc}`);
        } finally {
          rmSync(directory, { recursive: true });
        }
        const search = ["-u", "root", name, "find", "/", "-xdev", "-name", ".npmrc"];
        expect(await driver.ok("run", "--rm", ...search)).toBe("");
        await driver.ok("run", "-d", "--name", name, "-p", "3000", name);
        await page(await publishedPort(driver, name, 3000), "/", /Up for \d+ (second|ms|minute)/);
        expect(await stopped(name)).toBe("0");
      },
      limitMs,
    );
  });
}

/** This machine's registry, with its credentials, as a file for npm; its authorities stand where the image has them. */
async function npmSettings(): Promise<string> {
  const own = join(homedir(), ".npmrc");
  const registry = (await must(["npm", "config", "get", "registry"])).trim();
  const before = existsSync(own) ? readFileSync(own, "utf8") : "";
  return `${before}\nregistry=${registry}\ncafile=/etc/ssl/certs/ca-certificates.crt\n`;
}
