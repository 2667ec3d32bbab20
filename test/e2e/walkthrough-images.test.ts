// A learner's Docker notes, line by line: images and registries.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { must } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";
import { busyboxTar, importTree } from "../support/images.ts";
import { runPrefix } from "../support/paths.ts";
import { account, noRegistry, TestRegistry } from "../support/registry.ts";

if (noRegistry !== undefined) test.skip(`walkthrough, images: ${noRegistry}`, () => {});

describe.skipIf(noRegistry !== undefined)("walkthrough", () => {
  let registry: TestRegistry;
  let hub: TestRegistry;
  let index: SearchIndex;
  beforeAll(async () => {
    [registry, hub, index] = await Promise.all([
      TestRegistry.start("tls-password"),
      TestRegistry.start(),
      startIndex(),
    ]);
  });
  afterAll(async () => {
    index.server.close();
    await Promise.all([registry.dispose(), hub.dispose()]);
  });

  scenarios("images and registries", ({ driver }) => {
    let directory: string;
    const name = (path: string) => `${registry.host}/${driver.own(path)}`;
    const open = (path: string) => `${hub.host}/${driver.own(path)}`;
    const as = (args: string[], input?: string) =>
      driver.run(args, { env: { DOCKER_CONFIG: directory }, ...(input !== undefined && { input }) });
    const id = (reference: string) => driver.ok("image", "inspect", "-f", "{{.Id}}", reference);

    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), `${runPrefix}walk-`));
    });
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    test("A5, A6: only new layers travel, and the old version comes back by its tag", async () => {
      const [first, second] = [open("app:1"), open("app:2")];
      await importTree(driver, first, () => {});
      await driver.ok("run", "--name", driver.own("change"), first, "sh", "-c", "echo new >/version");
      await driver.ok("commit", driver.own("change"), second);
      await driver.ok("rm", driver.own("change"));
      expect(statuses(await driver.ok("push", first), "Pushed")).toBe(1);
      const pushed = await driver.ok("push", second);
      expect([statuses(pushed, "Pushed"), statuses(pushed, "Layer already exists")]).toEqual([1, 1]);
      await driver.ok("rmi", first, second);
      expect(statuses(await driver.ok("pull", first), "Pull complete")).toBe(1);
      const pulled = await driver.ok("pull", second);
      expect([statuses(pulled, "Pull complete"), statuses(pulled, "Already exists")]).toEqual([1, 1]);
      expect(await driver.ok("pull", second)).toContain(`Status: Image is up to date for ${second}`);
      expect(await driver.ok("run", "--rm", second, "cat", "/version")).toBe("new");
      expect((await driver.run(["run", "--rm", first, "cat", "/version"])).code).toBe(1);
      await driver.ok("rmi", first, second);
    });

    test("C1: log in, push to a private registry, pull the latest by default, log out", async () => {
      const login = ["login", "-u", account.username, "--password-stdin", registry.host];
      expect((await as(login, "guess")).code).toBe(1);
      expect((await as(login, account.password)).stdout).toContain("Login Succeeded");
      await driver.ok("tag", image, name("tool"));
      const pushed = await as(["push", name("tool")]);
      expect(pushed.stdout).toStartWith("Using default tag: latest\n");
      expect(pushed.code).toBe(0);
      await driver.ok("tag", image, name("tool:1"));
      await as(["push", "-q", "-a", name("tool")]);
      await driver.ok("rmi", name("tool"), name("tool:1"));
      const pulled = await as(["pull", name("tool")]);
      expect(pulled.stdout).toStartWith("Using default tag: latest\n");
      expect((await as(["pull", "-q", name("tool:1")])).stdout).toBe(`${name("tool:1")}\n`);
      await driver.ok("rmi", name("tool"), name("tool:1"));
      const all = await as(["pull", "-a", "-q", name("tool")]);
      expect(all.code).toBe(0);
      const tags = await driver.ok("images", "--format", "{{.Tag}}", name("tool"));
      expect(tags.split("\n").sort()).toEqual(["1", "latest"]);
      await driver.ok("rmi", name("tool"), name("tool:1"));
      expect((await as(["logout", registry.host])).stdout).toContain("Removing login credentials");
      expect((await as(["pull", name("tool")])).code).toBe(1);
    });

    test("C1: search, with a limit, a filter and a format", async () => {
      const term = `${index.host}/redis`;
      const table = await driver.ok("search", term);
      expect(table.split("\n")).toHaveLength(4);
      expect(table).toMatch(/^NAME +DESCRIPTION +STARS +OFFICIAL\n/);
      const limited = await driver.ok("search", "--limit", "1", "--format", "{{.Name}} {{.StarCount}}", term);
      expect(limited).toBe("redis 13000");
      const official = await driver.ok(
        "search",
        "--filter",
        "is-official=true",
        "--format",
        "{{.Name}}",
        term,
      );
      expect(official).toBe("redis");
      const stars = await driver.ok("search", "--filter", "stars=50", "--format", "{{.Name}}", term);
      expect(stars.split("\n")).toHaveLength(2);
      expect((await driver.fails("search", "--limit", "101", term)).text).toContain(
        "limit 101 is outside the range of [1, 100]",
      );
    });

    test("C2: images, their ids; removed by id, name and digest; not while in use", async () => {
      const own = open("listed:1");
      await driver.ok("import", "-c", 'CMD ["true"]', await busyboxTar(), own);
      const full = await id(own);
      expect(await driver.ok("image", "ls", "-q", open("listed"))).toBe(full.slice(7, 19));
      expect(await driver.ok("images", open("listed"))).toMatch(
        /^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE\n/,
      );
      await driver.ok("create", "--name", driver.own("user"), own);
      const refused = (await driver.fails("rmi", own)).text;
      expect(refused).toContain(`conflict: unable to remove repository reference "${own}" (must force)`);
      await driver.ok("rm", driver.own("user"));
      await driver.ok("push", "-q", own);
      const digest = await driver.ok("image", "inspect", "-f", "{{index .RepoDigests 0}}", own);
      expect(await driver.ok("images", "--digests", open("listed"))).toContain(digest.split("@")[1] ?? "");
      expect(await driver.ok("rmi", full.slice(7, 19))).toContain(`Untagged: ${own}`);
      await driver.ok("pull", "-q", digest);
      expect(await id(digest)).toBe(full);
      expect(await driver.ok("image", "rm", digest)).toContain(`Deleted: ${full}`);
      expect((await driver.fails("rmi", own)).text).toContain(`No such image: ${own}`);
    });

    test("D1: build --pull asks the registry for what FROM names; without it what is here will do", async () => {
      const [base, built] = [open("base:1"), driver.own("pulled:1")];
      const version = async (text: string) => {
        await importTree(driver, base, (root) => writeFileSync(join(root, "version"), text));
        await driver.ok("push", "-q", base);
      };
      const build = async (...flags: string[]) => {
        const input = `FROM ${base}\nCMD cat /version\n`;
        const args = ["build", "-q", "-t", built, ...flags, "-"];
        const { code, stderr } = await driver.run(args, { input, env: { DOCKER_BUILDKIT: "0" } });
        expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
        return driver.ok("run", "--rm", built);
      };
      await version("old");
      const old = await id(base);
      await version("new");
      await driver.ok("tag", old, base);
      expect(await build()).toBe("old");
      expect(await build("--pull")).toBe("new");
      await driver.ok("rmi", "-f", base, built);
    });

    test("C3: tag, save, load, export, import, inspect, history", async () => {
      const [one, two] = [driver.own("kept:1"), driver.own("kept:2")];
      await driver.ok("import", "-m", "from a tar", "-c", 'CMD ["sh"]', await busyboxTar(), one);
      await driver.ok("tag", one, two);
      expect(await id(two)).toBe(await id(one));
      const archive = join(directory, "kept.tar");
      await driver.ok("save", "-o", archive, one, two);
      expect(await must(["tar", "-xOf", archive, "manifest.json"])).toContain(
        `"RepoTags":["${one}","${two}"]`,
      );
      const before = await id(one);
      await driver.ok("rmi", one, two);
      const loaded = await driver.ok("load", "-i", archive);
      expect(loaded).toBe(`Loaded image: ${one}\nLoaded image: ${two}`);
      expect(await id(two)).toBe(before);
      expect(await driver.ok("image", "history", "--no-trunc", "--format", "{{.Comment}}", one)).toBe(
        "from a tar",
      );
      await driver.ok("run", "--name", driver.own("out"), one, "sh", "-c", "echo kept >/file");
      const files = join(directory, "files.tar");
      await driver.ok("export", "-o", files, driver.own("out"));
      await driver.ok("import", files, driver.own("again"));
      expect(await driver.ok("run", "--rm", driver.own("again"), "/bin/cat", "/file")).toBe("kept");
      await driver.ok("rm", driver.own("out"));
      await driver.ok("rmi", one, two, driver.own("again"));
    });
  });
});

/** How many layers a push or pull tells this of. */
function statuses(output: string, status: string): number {
  return output.split("\n").filter((line) => line.endsWith(`: ${status}`)).length;
}

interface SearchIndex {
  server: Server;
  host: string;
}

const found = [
  { name: "redis", description: "a store", star_count: 13000, is_official: true, is_automated: false },
  { name: "x/redis", description: "another", star_count: 70, is_official: false, is_automated: false },
  { name: "y/redis", description: "a third", star_count: 3, is_official: false, is_automated: false },
];

/** A registry's search, as the first version of the registry protocol has it. */
async function startIndex(): Promise<SearchIndex> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://index");
    response.setHeader("Content-Type", "application/json");
    response.setHeader("X-Docker-Registry-Version", "0.6");
    if (url.pathname !== "/v1/search") return response.end("{}");
    const results = found.slice(0, Number(url.searchParams.get("n") ?? 25));
    response.end(JSON.stringify({ num_results: results.length, query: url.searchParams.get("q"), results }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}
