import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Driver } from "../support/driver.ts";
import { busyboxImage, ensureBusybox } from "../support/images.ts";
import { gantryBinary, runPrefix } from "../support/paths.ts";
import { makeCertificate, noRegistry, TestRegistry } from "../support/registry.ts";
import { TestEngine } from "../support/test-engine.ts";
import { TestProxy } from "../support/test-proxy.ts";
import { TlsFront } from "../support/tls-front.ts";

setDefaultTimeout(60_000);
if (noRegistry !== undefined) test.skip(`client certificates: ${noRegistry}`, () => {});

/** Where engines look. Nobody else's registry has this name. */
const host = `${randomBytes(4).toString("hex")}.invalid`;
const folder = `/etc/gantry/certs.d/${host}`;

describe.skipIf(noRegistry !== undefined)("a registry that asks for a certificate", () => {
  let registry: TestRegistry;
  let front: TlsFront;
  let proxy: TestProxy;
  let directory: string;
  const engine = TestEngine.prepare();
  const driver = new Driver("gantry", "gantry", () => engine.host, [gantryBinary]);
  const name = `${host}/app:1`;

  const read = (kind: string, file: string) => readFileSync(join(directory, kind, file), "utf8");

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), `${runPrefix}certificates-`));
    for (const kind of ["server", "client"]) {
      mkdirSync(join(directory, kind));
      await makeCertificate(join(directory, kind), [host]);
    }
    registry = await TestRegistry.start();
    front = await TlsFront.start(registry.host, {
      cert: read("server", "tls.crt"),
      key: read("server", "tls.key"),
      clientAuthority: read("client", "tls.crt"),
    });
    // Whoever is named by a name, and is no registry of this machine, must be trusted.
    proxy = await TestProxy.start();
    proxy.names[`${host}:443`] = front.host;
    const proxies = { "https-proxy": `http://${proxy.host}`, "http-proxy": `http://${proxy.host}` };
    writeFileSync(join(engine.directory, "daemon.json"), JSON.stringify({ proxies }));
    await engine.start();
    await ensureBusybox(driver);
    await driver.ok("tag", busyboxImage, name);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    for (const each of ["/etc/gantry/certs.d", "/etc/gantry"]) removeEmpty(each);
    rmSync(directory, { recursive: true, force: true });
    await driver.clean();
    front.dispose();
    proxy.dispose();
    await registry.dispose();
    expect(await engine.dispose()).toEqual([]);
  });

  /** Puts these files, and no others, where the engine looks for the registry's. */
  function lay(files: Record<string, [kind: string, file: string]>): void {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [to, [kind, from]] of Object.entries(files))
      copyFileSync(join(directory, kind, from), join(folder, to));
  }

  const authority = { "ca.crt": ["server", "tls.crt"] } as Record<string, [string, string]>;

  async function refused(): Promise<string> {
    const { code, text } = await driver.fails("push", name);
    expect(code).toBe(1);
    expect(text).not.toContain("PRIVATE KEY");
    return text;
  }

  test("is not trusted without its authority", async () => {
    expect(await refused()).toContain("x509: certificate signed by unknown authority");
  });

  test("refuses who shows none, or one of another key", async () => {
    lay(authority);
    expect(await refused()).toContain(
      "tls: handshake failure: the registry speaks no TLS, or asks for a client",
    );
    lay({ ...authority, "client.cert": ["client", "tls.crt"], "client.key": ["server", "tls.key"] });
    expect(await refused()).toContain(
      `tls: private key does not match public key (client.cert and client.key in ${folder})`,
    );
  });

  test("half a pair is said to be that, with its file and folder", async () => {
    lay({ ...authority, "client.cert": ["client", "tls.crt"] });
    expect(await refused()).toContain(
      `missing key client.key for client certificate client.cert in ${folder}. CA certificates must use the extension .crt`,
    );
    lay({ ...authority, "client.key": ["client", "tls.key"] });
    expect(await refused()).toContain(
      `missing client certificate client.cert for key client.key in ${folder}`,
    );
  });

  test("is pushed to and pulled from with both, without a restart", async () => {
    lay({ ...authority, "client.cert": ["client", "tls.crt"], "client.key": ["client", "tls.key"] });
    await driver.ok("push", "-q", name);
    await driver.ok("rmi", name);
    await driver.ok("pull", "-q", name);
    expect(await driver.ok("run", "--rm", name, "echo", "pulled")).toBe("pulled");
    await driver.ok("rmi", name);
    expect(engine.log).not.toContain("PRIVATE KEY");
  });
});

/** What this test made, unless others have something in it. */
function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Not empty, or not there.
  }
}
