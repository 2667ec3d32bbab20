import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../support/command.ts";
import { Driver } from "../support/driver.ts";
import { busyboxImage, ensureBusybox } from "../support/images.ts";
import { gantryBinary, runPrefix } from "../support/paths.ts";
import { account, noRegistry, TestRegistry } from "../support/registry.ts";
import { TestEngine } from "../support/test-engine.ts";
import { TestProxy } from "../support/test-proxy.ts";

setDefaultTimeout(60_000);
if (noRegistry !== undefined) test.skip(`registries behind a proxy: ${noRegistry}`, () => {});

/** With what would have to be written otherwise in a URL. */
const secret = `p@ss:${randomBytes(8).toString("hex")}`;

describe.skipIf(noRegistry !== undefined)("registries behind a proxy", () => {
  let secure: TestRegistry;
  let plain: TestRegistry;
  let proxy: TestProxy;
  let files: Server;
  let logins: string;
  const engine = TestEngine.prepare();
  const driver = new Driver("gantry", "gantry", () => engine.host, [gantryBinary]);

  const proxyUrl = (password: string) => `http://engine:${encodeURIComponent(password)}@${proxy.host}`;
  const as = (...args: string[]) => driver.run(args, { env: { DOCKER_CONFIG: logins } });

  /** Another engine on the same roots, told of proxies by its environment or its configuration. */
  async function restart(env: Record<string, string>, config: object = {}): Promise<void> {
    if (engine.running) await engine.end();
    writeFileSync(join(engine.directory, "daemon.json"), JSON.stringify(config));
    const none = {
      HTTP_PROXY: "",
      HTTPS_PROXY: "",
      NO_PROXY: "",
      http_proxy: "",
      https_proxy: "",
      no_proxy: "",
    };
    await engine.start({ ...none, SSL_CERT_FILE: join(secure.directory, "tls.crt"), ...env });
  }

  beforeAll(async () => {
    secure = await TestRegistry.start("tls-password", ["registry.invalid"]);
    plain = await TestRegistry.start();
    proxy = await TestProxy.start(`engine:${secret}`);
    files = createServer((_request, response) => void response.end("through the proxy"));
    await new Promise<void>((resolve) => files.listen(0, "127.0.0.1", resolve));
    const { port } = files.address() as AddressInfo;
    Object.assign(proxy.names, {
      "registry.invalid:443": secure.host,
      "plain.invalid:80": plain.host,
      "plain.invalid:443": "127.0.0.1:1",
      "files.invalid:80": `127.0.0.1:${port}`,
    });
    logins = mkdtempSync(join(tmpdir(), `${runPrefix}logins-`));
    await restart({
      HTTPS_PROXY: proxyUrl(secret),
      HTTP_PROXY: proxyUrl(secret),
      NO_PROXY: "direct.invalid",
    });
    await ensureBusybox(driver);
  });
  beforeEach(() => {
    proxy.seen.length = 0;
  });
  afterAll(async () => {
    await driver.clean();
    rmSync(logins, { recursive: true, force: true });
    files.close();
    proxy.dispose();
    await Promise.all([secure.dispose(), plain.dispose()]);
    expect(await engine.dispose()).toEqual([]);
  });

  test("are logged in to, pushed to and pulled from through tunnels: HTTPS_PROXY", async () => {
    const name = `registry.invalid/${driver.own("a")}:1`;
    const login = await driver.run(
      ["login", "-u", account.username, "--password-stdin", "registry.invalid"],
      { input: account.password, env: { DOCKER_CONFIG: logins } },
    );
    expect(login.stdout).toContain("Login Succeeded");
    await driver.ok("tag", busyboxImage, name);
    expect((await as("push", name)).stderr).toBe("");
    await driver.ok("rmi", name);
    expect((await as("pull", "-q", name)).stdout).toBe(`${name}\n`);
    await driver.ok("rmi", name);
    expect(new Set(proxy.seen)).toEqual(new Set(["CONNECT registry.invalid:443"]));
  });

  test("this machine's own are reached directly, and so is what NO_PROXY names", async () => {
    const name = `${plain.host}/${driver.own("a")}:1`;
    await driver.ok("tag", busyboxImage, name);
    await driver.ok("push", "-q", name);
    await driver.ok("rmi", name);
    expect((await driver.fails("pull", "direct.invalid/a:1")).text).toContain("lookup direct.invalid");
    expect(proxy.seen).toEqual([]);
  });

  test("what a build fetches comes through it: HTTP_PROXY", async () => {
    const tag = driver.own("added");
    const dockerfile = `FROM ${busyboxImage}\nADD http://files.invalid/a /a\n`;
    const built = await driver.run(["build", "-t", tag, "-"], { input: dockerfile });
    expect(built.stderr).not.toContain("ERROR");
    expect(await driver.ok("run", "--rm", tag, "cat", "/a")).toBe("through the proxy");
    expect(proxy.seen).toEqual(["GET http://files.invalid/a"]);
    await driver.ok("rmi", tag);
  });

  test("nothing that the engine starts or shows has the proxy's password", async () => {
    const name = driver.own("env");
    await driver.ok("run", "-d", "--name", name, busyboxImage, "sleep", "1000");
    const pid = Number(await driver.ok("inspect", "-f", "{{.State.Pid}}", name));
    const monitor = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
    for (const each of [pid, monitor])
      expect(readFileSync(`/proc/${each}/environ`, "utf8")).not.toMatch(/proxy|engine:/i);
    expect(await driver.ok("info", "-f", "{{.HTTPProxy}} {{.HTTPSProxy}} {{.NoProxy}}")).toBe(
      `http://xxxxx:xxxxx@${proxy.host} http://xxxxx:xxxxx@${proxy.host} direct.invalid`,
    );
    await driver.ok("rm", "-f", name);
  });

  test("the proxies of daemon.json count before the environment", async () => {
    await restart(
      { HTTP_PROXY: "http://127.0.0.1:1", HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: "*" },
      {
        proxies: {
          "http-proxy": proxyUrl(secret),
          "https-proxy": proxyUrl(secret),
          "no-proxy": "direct.invalid",
        },
        "insecure-registries": ["plain.invalid"],
      },
    );
    const name = `plain.invalid/${driver.own("a")}:1`;
    await driver.ok("tag", busyboxImage, name);
    await driver.ok("push", "-q", name);
    await driver.ok("rmi", name);
    await driver.ok("pull", "-q", name);
    await driver.ok("rmi", name);
    expect(proxy.seen[0]).toBe("CONNECT plain.invalid:443");
    expect(proxy.seen).toContain("GET http://plain.invalid/v2/");
  });

  test("a registry that is not named may neither be without TLS nor without trust", async () => {
    const proxies = { "http-proxy": proxyUrl(secret), "https-proxy": proxyUrl(secret) };
    await restart({}, { proxies });
    const text = (await driver.fails("pull", "plain.invalid/a:1")).text;
    expect(text).toContain('Get "https://plain.invalid/v2/": ');
    expect(proxy.seen).toEqual(["CONNECT plain.invalid:443"]);
    await restart({ SSL_CERT_FILE: "" }, { proxies });
    expect((await as("pull", "registry.invalid/a:1")).stderr).toContain(
      "tls: failed to verify certificate: x509: certificate signed by unknown authority",
    );
    writeFileSync(
      join(engine.directory, "daemon.json"),
      JSON.stringify({ proxies, "insecure-registries": ["registry.invalid"] }),
    );
    process.kill(engine.pid, "SIGHUP");
    await eventually("the configuration is read", () => engine.log.includes("insecureRegistries"));
    expect((await as("pull", "registry.invalid/a:1")).stderr).toContain("manifest unknown");
  });

  test("a proxy that refuses, or is not there, is told from a registry that does", async () => {
    await restart({ HTTPS_PROXY: proxyUrl("wrong"), HTTP_PROXY: proxyUrl("wrong") });
    const refused = (await driver.fails("pull", "registry.invalid/a:1")).text;
    expect(refused).toContain("Proxy Authentication Required");
    await restart({ HTTPS_PROXY: `http://engine:${encodeURIComponent(secret)}@127.0.0.1:1` });
    const absent = (await driver.fails("pull", "registry.invalid/a:1")).text;
    expect(absent).toContain(
      'Get "https://registry.invalid/v2/": proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused',
    );
  });

  test("no password is in the log", () => {
    for (const each of [secret, encodeURIComponent(secret), "wrong", account.password])
      expect(engine.log).not.toContain(each);
  });
});
