import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Result } from "../support/command.ts";
import { scenarios } from "../support/drivers.ts";
import { runPrefix } from "../support/paths.ts";
import { account, noRegistry, TestRegistry } from "../support/registry.ts";

if (noRegistry !== undefined) test.skip(`what login says: ${noRegistry}`, () => {});

const { username, password } = account;
const logIn = (server: string) => ["login", "-u", username, "--password-stdin", server];
const noTerminal = "Error: Cannot perform an interactive login from a non TTY device\n";

describe.skipIf(noRegistry !== undefined)("what login and logout say", () => {
  let registry: TestRegistry;
  /** No registry: answers with the status that its path begins with. */
  let others: Record<number, Server>;
  let directory: string;

  const hostOf = (status: number) =>
    `127.0.0.1:${(others[status]?.address() as AddressInfo | undefined)?.port ?? 0}`;

  beforeAll(async () => {
    registry = await TestRegistry.start("tls-password");
    others = Object.fromEntries(
      await Promise.all([403, 404, 500].map(async (status) => [status, await answering(status)])),
    );
    directory = mkdtempSync(join(tmpdir(), `${runPrefix}login-`));
  });
  afterAll(async () => {
    for (const server of Object.values(others)) server.close();
    rmSync(directory, { recursive: true, force: true });
    await registry.dispose();
  });

  scenarios("without a terminal", ({ driver }) => {
    /** With nothing stored but `config`, and a helper of that script. */
    function as(args: string[], input = "", config: object = {}, helper = ""): Promise<Result> {
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(join(directory, "bin"), { recursive: true });
      writeFileSync(join(directory, "config.json"), JSON.stringify(config));
      const program = join(directory, "bin", "docker-credential-gttest");
      writeFileSync(program, `#!/bin/sh\ncat >/dev/null\n${helper}\n`);
      chmodSync(program, 0o755);
      const PATH = `${directory}/bin:${process.env.PATH ?? ""}`;
      return driver.run(args, { input, env: { DOCKER_CONFIG: directory, PATH } });
    }

    test.each<[string, () => string[], string, string]>([
      ["an empty --password-stdin", () => logIn(registry.host), "", noTerminal],
      ["a line without a password", () => logIn(registry.host), "\n", noTerminal],
      ["no user and no terminal", () => ["login", registry.host], "", noTerminal],
      ["a user and no terminal", () => ["login", "-u", username, registry.host], "", noTerminal],
      ["no server and no terminal", () => ["login"], "", noTerminal],
      ["an empty user", () => ["login", "-u", "", "-p", password, registry.host], "", "username is empty\n"],
      [
        "an empty password",
        () => ["login", "-u", username, "-p", "", registry.host],
        "",
        "password is empty\n",
      ],
      [
        "--password-stdin without a user",
        () => ["login", "--password-stdin", registry.host],
        password,
        "the --password-stdin option requires --username to be set\n",
      ],
      [
        "a password twice",
        () => ["login", "-u", username, "-p", password, "--password-stdin", registry.host],
        password,
        "conflicting options: cannot specify both --password and --password-stdin\n",
      ],
      [
        "a registry that is down",
        () => logIn("127.0.0.1:1"),
        password,
        'Error response from daemon: Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused\n',
      ],
    ])("%s", async (_what, args, input, stderr) => {
      expect(await as(args(), input)).toEqual({ code: 1, stdout: "", stderr });
    });

    test.each([
      [403, "Forbidden"],
      [404, "Not Found"],
      [500, "Internal Server Error"],
    ])("what answers %i is no registry", async (status, text) => {
      expect(await as(logIn(hostOf(status)), password)).toEqual({
        code: 1,
        stdout: "",
        stderr: `Error response from daemon: login attempt to http://${hostOf(status)}/v2/ failed with status: ${status} ${text}\n`,
      });
    });

    test("a password that ends with a line of Windows, and a server by its URL", async () => {
      for (const server of [
        registry.host,
        `https://${registry.host}`,
        `http://${registry.host}`,
        `${registry.host}/v2/`,
      ]) {
        const login = await as(logIn(server), `${password}\r\n`);
        expect(login.stdout).toBe("Login Succeeded\n");
        const { auths } = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
        expect(Object.keys(auths)).toEqual([registry.host]);
      }
    });

    test("what is stored is tried, and it is said when it does not do", async () => {
      const stored = (word: string) => ({
        auths: { [registry.host]: { auth: Buffer.from(`${username}:${word}`).toString("base64") } },
      });
      const good = await as(["login", registry.host], "", stored(password));
      expect(good.stdout).toBe("Login Succeeded\n");
      expect(good.stderr).toStartWith(
        `Authenticating with existing credentials... [Username: ${username}]\n`,
      );
      const bad = await as(["login", registry.host], "", stored("wrong"));
      expect(bad.code).toBe(1);
      expect(bad.stderr).toContain(
        "\nLogin did not succeed, error: Error response from daemon: login attempt to ",
      );
      expect(bad.stderr).toEndWith(noTerminal);
    });

    test("a helper that is not there, or fails, is quoted at login", async () => {
      const missing = await as(logIn(registry.host), password, { credsStore: "none-such" });
      expect(missing).toEqual({
        code: 1,
        stdout: "",
        stderr:
          'Error saving credentials: error storing credentials - err: exec: "docker-credential-none-such": executable file not found in $PATH, out: ``\n',
      });
      const script = "echo said aside >&2; echo it broke; exit 3";
      const failing = await as(logIn(registry.host), password, { credsStore: "gttest" }, script);
      expect(failing).toEqual({
        code: 1,
        stdout: "",
        stderr:
          "said aside\nError saving credentials: error storing credentials - err: exit status 3, out: `it broke`\n",
      });
    });

    test("a helper that fails keeps nobody from what is for everybody, nor from logging out", async () => {
      const name = `${registry.host}/x:1`;
      for (const config of [{ credsStore: "none-such" }, { credsStore: "gttest" }]) {
        const pulled = await as(["pull", name], "", config, "exit 1");
        expect(pulled.code).toBe(1);
        expect(pulled.stderr).toEndWith(
          `Error response from daemon: Head "https://${registry.host}/v2/x/manifests/1": no basic auth credentials\n`,
        );
        if (driver.isGantryCommand)
          expect(pulled.stderr).toStartWith(
            `WARNING: docker-credential-${config.credsStore} gives nothing for `,
          );
        const out = await as(["logout", registry.host], "", config, "exit 1");
        expect([out.code, out.stdout]).toEqual([0, `Removing login credentials for ${registry.host}\n`]);
        if (driver.isGantryCommand) expect(out.stderr).toStartWith("WARNING: could not erase credentials:\n");
      }
      expect(existsSync(join(directory, "config.json"))).toBe(true);
    });
  });
});

async function answering(status: number): Promise<Server> {
  const server = createServer((_request, response) => void response.writeHead(status).end("no registry"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
