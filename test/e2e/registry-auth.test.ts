import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../support/command.ts";
import { busyboxImage, scenarios } from "../support/drivers.ts";
import { runPrefix } from "../support/paths.ts";
import { account, noRegistry, type RegistryForm, TestRegistry } from "../support/registry.ts";

if (noRegistry !== undefined) test.skip(`logging in: ${noRegistry}`, () => {});

for (const form of ["tls-password", "tls-token"] satisfies RegistryForm[])
  describe.skipIf(noRegistry !== undefined)(`a registry of the form ${form}`, () => {
    let registry: TestRegistry;
    beforeAll(async () => {
      registry = await TestRegistry.start(form);
    });
    afterAll(() => registry.dispose());

    scenarios("logging in", ({ driver }) => {
      const name = (path: string) => `${registry.host}/${driver.own(path)}`;
      let directory: string;
      beforeAll(() => {
        directory = mkdtempSync(join(tmpdir(), `${runPrefix}login-`));
      });
      afterAll(() => rmSync(directory, { recursive: true, force: true }));

      const as = (...args: string[]) => driver.run(args, { env: { DOCKER_CONFIG: directory } });
      const logIn = (password: string) =>
        driver.run(["login", "-u", account.username, "--password-stdin", registry.host], {
          input: password,
          env: { DOCKER_CONFIG: directory },
        });

      test("nobody may push, nor pull what is not for everybody", async () => {
        await driver.ok("tag", busyboxImage, name("private:1"));
        const pushed = await as("push", name("private:1"));
        expect(pushed.code).toBe(1);
        expect(pushed.stderr).toMatch(
          form === "tls-password"
            ? /no basic auth credentials/
            : /authentication required|access to the resource is denied/,
        );
        const pulled = await as("pull", name("private:1"));
        expect(pulled.code).toBe(1);
        expect(pulled.stderr).toMatch(/no basic auth credentials|authentication required|access denied/);
      });

      test("a wrong password is refused", async () => {
        const refused = await logIn("wrong");
        expect(refused.code).toBe(1);
        // dockerd tries a registry of this machine again without TLS, and tells of that.
        const known = /401 Unauthorized|400 Bad Request|unauthorized: incorrect username or password/;
        expect(refused.stderr).toMatch(known);
      });

      test("who has logged in may do both, until he logs out", async () => {
        const login = await logIn(account.password);
        expect(login.stderr + login.stdout).toContain("Login Succeeded");
        const kept = readFileSync(join(directory, "config.json"), "utf8");
        // A token service gives something better to keep than the password.
        expect(kept.includes("identitytoken")).toBe(form === "tls-token");
        expect(kept).not.toContain(account.password);
        expect((await as("push", name("private:1"))).code).toBe(0);
        await driver.ok("rmi", name("private:1"));
        const pulled = await as("pull", name("private:1"));
        expect(pulled.stdout).toContain(`Status: Downloaded newer image for ${name("private:1")}`);
        await driver.ok("tag", name("private:1"), name("other:1"));
        expect((await as("push", name("other:1"))).stdout).toContain(": Mounted from ");
        expect((await as("logout", registry.host)).code).toBe(0);
        expect((await as("pull", name("private:1"))).code).toBe(1);
        await driver.ok("rmi", name("private:1"), name("other:1"));
      });

      test.skipIf(form !== "tls-token")("everybody may pull what is public", async () => {
        await driver.ok("tag", busyboxImage, `${registry.host}/public/${driver.own("a")}:1`);
        const public_ = `${registry.host}/public/${driver.own("a")}:1`;
        await logIn(account.password);
        expect((await as("push", public_)).code).toBe(0);
        await as("logout", registry.host);
        await driver.ok("rmi", public_);
        expect((await as("pull", public_)).code).toBe(0);
        await driver.ok("rmi", public_);
      });
    });

    test.skipIf(form !== "tls-token")(
      "tokens are asked for by refresh token, for the rights that are needed",
      () => {
        const asked = registry.tokenRequests.join("\n");
        expect(asked).toMatch(/^POST refresh_token repository:\S+-private:pull(,push)?/m);
        expect(asked).toMatch(/^GET anonymous repository:public\/\S+-a:pull$/m);
      },
    );

    test("no secret is in the engine's log", async () => {
      const logs = await run(["sh", "-c", `grep -rl 'correct horse' ${tmpdir()}/${runPrefix}*/engine.log`]);
      expect(logs.stdout).toBe("");
    });
  });
