import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { file, tarOf } from "../../src/store/testing/tar-of.ts";
import { run } from "../support/command.ts";
import { busyboxImage, dockerClient, scenarios } from "../support/drivers.ts";
import { runPrefix } from "../support/paths.ts";
import { publish, publishIndex } from "../support/published-image.ts";
import { account, noRegistry, TestRegistry } from "../support/registry.ts";

if (noRegistry !== undefined) test.skip(`registries from the command line: ${noRegistry}`, () => {});

/** A credential helper as the protocol has it: one secret a file, and an account of what was asked. */
const helper = `#!/bin/sh
dir=$(dirname "$0"); echo "$1" >>"$dir/asked"
case $1 in
  store) cat >"$dir/secret" ;;
  get) read -r server; [ -e "$dir/secret" ] || { echo "credentials not found in native keychain"; exit 1; }; cat "$dir/secret" ;;
  erase) rm -f "$dir/secret" ;;
esac
`;

describe.skipIf(noRegistry !== undefined)("credentials", () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await TestRegistry.start("tls-password");
  });
  afterAll(() => registry.dispose());

  scenarios("with and without a helper", ({ driver }) => {
    let directory: string;
    const name = (path: string) => `${registry.host}/${driver.own(path)}:1`;
    const env = () => ({ DOCKER_CONFIG: directory, PATH: `${directory}/bin:${process.env.PATH ?? ""}` });
    const as = (args: string[], input?: string) =>
      driver.run(args, { env: env(), ...(input !== undefined && { input }) });
    const logIn = (...args: string[]) =>
      as(["login", "-u", account.username, ...args, registry.host], account.password);

    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), `${runPrefix}creds-`));
      mkdirSync(join(directory, "bin"));
      const program = join(directory, "bin", "docker-credential-gttest");
      writeFileSync(program, helper);
      chmodSync(program, 0o755);
    });
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    test("kept in config.json they are for its owner's eyes alone, and told to be in the clear", async () => {
      const login = await logIn("--password-stdin");
      expect(login.stdout).toContain("Login Succeeded");
      expect(login.stderr).toContain(`Your credentials are stored unencrypted in '${directory}/config.json'`);
      const path = join(directory, "config.json");
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(Object.keys(JSON.parse(readFileSync(path, "utf8")).auths)).toEqual([registry.host]);
      // Docker's own client leaves a file readable that was so.
      if (driver.isGantryCommand) chmodSync(path, 0o644);
      const flag = await as(["login", "-u", account.username, "-p", account.password, registry.host]);
      expect(flag.stderr).toContain(
        "WARNING! Using --password via the CLI is insecure. Use --password-stdin.",
      );
      expect(flag.stdout + flag.stderr).not.toContain(account.password);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    });

    test("run pulls with them what is not here", async () => {
      await driver.ok("tag", busyboxImage, name("private"));
      expect((await as(["push", name("private")])).code).toBe(0);
      await driver.ok("rmi", name("private"));
      const ran = await as(["run", "--rm", name("private"), "echo", "pulled"]);
      expect(ran.stdout).toBe("pulled\n");
      expect(ran.stderr).toContain(`Status: Downloaded newer image for ${name("private")}`);
      expect(ran.stderr).not.toContain("Downloading");
      await driver.ok("rmi", name("private"));
      expect((await as(["logout", registry.host])).stdout).toContain(
        `Removing login credentials for ${registry.host}`,
      );
      const refused = await as(["run", "--rm", name("private"), "true"]);
      expect(refused.code).toBe(125);
      expect(refused.stderr).toMatch(/no basic auth credentials|authentication required/);
    });

    test.each(["credsStore", "credHelpers"])(
      "%s: a helper keeps them, and the file has none",
      async (key) => {
        const setting = key === "credsStore" ? "gttest" : { [registry.host]: "gttest" };
        writeFileSync(join(directory, "config.json"), JSON.stringify({ [key]: setting }));
        const login = await logIn("--password-stdin");
        expect(login.stdout).toContain("Login Succeeded");
        expect(login.stderr).not.toContain("unencrypted");
        expect(readFileSync(join(directory, "config.json"), "utf8")).not.toContain(account.username);
        expect(JSON.parse(readFileSync(join(directory, "bin", "secret"), "utf8"))).toMatchObject({
          ServerURL: registry.host,
          Username: account.username,
          Secret: account.password,
        });
        expect((await as(["pull", "-q", name("private")])).stdout).toBe(`${name("private")}\n`);
        await driver.ok("rmi", name("private"));
        expect((await as(["logout", registry.host])).code).toBe(0);
        expect((await as(["pull", name("private")])).code).toBe(1);
        const asked = readFileSync(join(directory, "bin", "asked"), "utf8");
        expect(asked).toMatch(/store\n(.*\n)*get\n(.*\n)*erase\n/);
      },
    );
  });
});

describe.skipIf(noRegistry !== undefined)("manifest inspect", () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await TestRegistry.start();
    const base = `http://${registry.host}`;
    const one = await publish(base, "m", "one", [{ tar: tarOf(file("a", "1")) }]);
    const arm = await publish(base, "m", "arm", [{ tar: tarOf(file("a", "2")) }], { architecture: "arm64" });
    await publishIndex(base, "m", "list", [
      { image: one, platform: { architecture: "amd64", os: "linux" } },
      { image: arm, platform: { architecture: "arm64", os: "linux", variant: "v8" } },
    ]);
  });
  afterAll(() => registry.dispose());

  scenarios("of a registry", ({ driver }) => {
    // Docker's client asks the registry itself.
    const insecure = ["--insecure"];
    test.each(["one", "one -v", "list", "list -v", "nothing"])("%s", async (line) => {
      const [tag = "", ...flags] = line.split(" ");
      const args = ["manifest", "inspect", ...insecure, ...flags, `${registry.host}/m:${tag}`];
      const shown = await driver.run(args);
      const docker = dockerClient();
      if (docker === undefined) return expect(shown.code).toBe(tag === "nothing" ? 1 : 0);
      const theirs = await run([docker.command, ...args], { env: { DOCKER_CONFIG: docker.config } });
      expect(shown).toEqual(theirs);
    });
  });
});
