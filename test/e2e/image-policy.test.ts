import type { KeyObject } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually, run } from "../support/command.ts";
import { attestImage, makeSigner, signImage } from "../support/cosign.ts";
import { Driver } from "../support/driver.ts";
import { busyboxTar } from "../support/images.ts";
import { gantryBinary } from "../support/paths.ts";
import { type Published, publish } from "../support/published-image.ts";
import { noRegistry, TestRegistry } from "../support/registry.ts";
import { keptOf } from "../support/small-disk.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);
if (noRegistry !== undefined) test.skip(`the image policy: ${noRegistry}`, () => {});

describe.skipIf(noRegistry !== undefined)("the image policy", () => {
  const engine = TestEngine.prepare();
  const driver = new Driver("gantry", "gantry", () => engine.host, [gantryBinary]);
  const policyFile = join(engine.directory, "policy.json");
  let registry: TestRegistry;
  let keys: { trusted: KeyObject; other: KeyObject };
  let clean: ReturnType<typeof keptOf>;

  const base = () => `http://${registry.host}`;
  const name = (repository: string) => `${registry.host}/${repository}`;

  /** An image that can be run; each has an id of its own. */
  async function published(repository: string): Promise<Published> {
    const tar = readFileSync(await busyboxTar());
    return await publish(base(), repository, "1", [{ tar, compression: "none" }], {
      config: { Cmd: ["echo", repository], Env: ["PATH=/bin"] },
    });
  }

  beforeAll(async () => {
    registry = await TestRegistry.start();
    keys = {
      trusted: makeSigner(join(engine.directory, "trusted.pub")),
      other: makeSigner(join(engine.directory, "other.pub")),
    };
    writeFileSync(
      policyFile,
      JSON.stringify({
        rules: [
          { repository: name("pinned/*"), require: "digest" },
          { repository: name("signed/**"), require: "signature", keys: ["trusted.pub"] },
          { repository: name("closed/**"), require: "refuse" },
        ],
      }),
    );
    writeFileSync(join(engine.directory, "daemon.json"), JSON.stringify({ "image-policy": policyFile }));
    await engine.start();
    clean = keptOf(engine);
  });
  beforeEach(async () => {
    await eventually("nothing is left of the last test", () => Bun.deepEquals(keptOf(engine), clean), 8000);
  });
  afterAll(async () => {
    await driver.clean();
    await registry.dispose();
    expect(await engine.dispose()).toEqual([]);
  });

  async function refused(...args: string[]): Promise<string> {
    const { text } = await driver.fails(...args);
    expect(text).toContain(`refused by the image policy (${policyFile}): `);
    return text;
  }

  test("what no rule is for is pulled and run, and nothing is said of it", async () => {
    await published("free");
    expect(await driver.ok("run", "--rm", "-q", name("free:1"))).toBe("free");
    expect(await driver.ok("image", "inspect", name("free:1"))).not.toContain("Verified");
    await driver.ok("rmi", name("free:1"));
  });

  test("a repository that is closed gives nothing, and a name in it lets nothing run", async () => {
    await published("closed/a");
    const text = await refused("pull", name("closed/a:1"));
    expect(text).toContain(`images of ${name("closed/a")} are not allowed here`);
    await driver.ok("import", await busyboxTar(), name("closed/a:1"));
    await refused("run", "--rm", name("closed/a:1"), "true");
    await driver.ok("rmi", name("closed/a:1"));
  });

  test("where a digest is required, a tag is refused", async () => {
    const { digest } = await published("pinned/a");
    expect(await refused("pull", name("pinned/a:1"))).toContain(`${name("pinned/a")}@sha256:…`);
    await refused("run", "--rm", name("pinned/a:1"));
    const pinned = `${name("pinned/a")}@${digest}`;
    expect(await driver.ok("run", "--rm", "-q", pinned)).toBe("pinned/a");
    await driver.ok("rmi", pinned);
  });

  test("without a signature, or with another key's, nothing is fetched", async () => {
    const { digest } = await published("signed/none");
    expect(await refused("pull", name("signed/none:1"))).toContain(`has no signature (${digest})`);
    await signImage(base(), "signed/none", digest, keys.other);
    expect(await refused("pull", name("signed/none:1"))).toContain(
      "is not signed by any of the trusted keys",
    );
    await refused("run", "--rm", name("signed/none:1"));
    const another = await published("signed/another");
    await signImage(base(), "signed/another", `sha256:${"0".repeat(64)}`, keys.trusted);
    await refused("pull", `${name("signed/another")}@${another.digest}`);
  });

  test.each(["tag", "referrer", "bundle"] as const)(
    "signed by a trusted key (%s), it is pulled, run and told of",
    async (form) => {
      const repository = `signed/${form}`;
      const { digest } = await published(repository);
      await signImage(base(), repository, digest, keys.trusted, form);
      await driver.ok("pull", name(`${repository}:1`));
      expect(await driver.ok("run", "--rm", name(`${repository}:1`))).toBe(repository);
      const [image] = JSON.parse(await driver.ok("image", "inspect", name(`${repository}:1`)));
      const KeyFile = join(engine.directory, "trusted.pub");
      expect(image.Verified).toMatchObject([{ Repository: name(repository), Digest: digest, KeyFile }]);
      expect(image.Verified[0].Key).toMatch(/^SHA256:[0-9a-f]{64}$/);
      expect(await driver.ok("run", "--rm", image.Id)).toBe(repository);
      await driver.ok("rmi", name(`${repository}:1`));
    },
  );

  test.each(["keyless tag", "keyless bundle"] as const)(
    "a %s counts for nothing, and it is said why",
    async (form) => {
      const repository = `signed/${form.replace(" ", "-")}`;
      const { digest } = await published(repository);
      await signImage(base(), repository, digest, keys.other, form);
      const text = await refused("pull", name(`${repository}:1`));
      expect(text).toContain("is signed without a key only (keyless, by a certificate)");
      expect(text).toContain("sign it by `cosign sign --key`");
      await signImage(base(), repository, digest, keys.other, "bundle");
      expect(await refused("pull", name(`${repository}:1`))).toContain("by any of the trusted keys");
      await signImage(base(), repository, digest, keys.trusted, "bundle");
      await driver.ok("pull", name(`${repository}:1`));
      await driver.ok("rmi", name(`${repository}:1`));
    },
  );

  test("an attestation by a trusted key is no signature", async () => {
    const { digest } = await published("signed/attested");
    await attestImage(base(), "signed/attested", digest, keys.trusted);
    expect(await refused("pull", name("signed/attested:1"))).toContain("is not signed by any");
  });

  test("what came another way does not run under a name that must be signed, nor by its id", async () => {
    await driver.ok("import", "-c", 'CMD ["true"]', await busyboxTar(), name("signed/own:1"));
    await refused("run", "--rm", name("signed/own:1"));
    const id = await driver.ok("images", "-q", "--no-trunc", name("signed/own:1"));
    await refused("create", id);
    await driver.ok("rmi", name("signed/own:1"));
  });

  test("a key that is trusted no more lets nothing run that was pulled by it", async () => {
    const { digest } = await published("signed/revoked");
    await signImage(base(), "signed/revoked", digest, keys.trusted);
    await driver.ok("pull", name("signed/revoked:1"));
    const before = readFileSync(policyFile, "utf8");
    writeFileSync(policyFile, before.replace("trusted.pub", "other.pub"));
    await refused("run", "--rm", name("signed/revoked:1"));
    await refused("pull", name("signed/revoked:1"));
    writeFileSync(policyFile, "{broken");
    expect((await driver.fails("run", "--rm", name("signed/revoked:1"))).text).toContain(
      "cannot be used: invalid JSON",
    );
    writeFileSync(policyFile, before);
    expect(await driver.ok("run", "--rm", name("signed/revoked:1"))).toBe("signed/revoked");
    await driver.ok("rmi", name("signed/revoked:1"));
  });

  test("a policy that cannot be used keeps the engine from starting", async () => {
    const broken = join(engine.directory, "broken.json");
    writeFileSync(broken, '{"rules": [{"repository": "a", "require": "signature"}]}');
    const checked = await run([gantryBinary, "daemon", "--validate", "--image-policy", broken]);
    expect(checked.code).toBe(1);
    expect(checked.stderr).toContain("rule 1 requires a signature, but names no keys");
  });
});
