import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../store/testing/tar-of.ts";
import { parseReference } from "../../spec/reference.ts";
import { ImageGuard } from "./image-guard.ts";
import { parsePolicy } from "./policy-file.ts";
import { PolicySource } from "./policy-source.ts";
import { matchesRepository } from "./repository-pattern.ts";
import { readTrustedKey } from "./trusted-key.ts";

let directory: string;
const digest = sha256("the manifest");

const kinds = {
  ecdsa: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
};

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "gantry-policy-"));
  for (const [name, { publicKey }] of Object.entries(kinds))
    writeFileSync(file(name), publicKey.export({ type: "spki", format: "pem" }));
  writeFileSync(file("garbage"), "no key");
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string): string {
  return join(directory, `${name}.pub`);
}

test.each([
  ["docker.io/library/redis", "docker.io/library/redis", true],
  ["docker.io/library/redis", "docker.io/library/redis2", false],
  ["docker.io/library/*", "docker.io/library/redis", true],
  ["docker.io/library/*", "docker.io/library/a/b", false],
  ["docker.io/**", "docker.io/library/a/b", true],
  ["registry.example.com/**", "registry-example.com/a", false],
  ["registry.example.com/**", "evil.com/registry.example.com/a", false],
  ["*/prod-*", "localhost:5000/prod-web", true],
])("the pattern %s and %s: %p", (pattern, name, matches) => {
  expect(matchesRepository(pattern, name)).toBe(matches);
});

const rule = (value: object) => ({ rules: [{ repository: "a/**", ...value }] });

test.each<[unknown, string]>([
  [[], "the file must be an object"],
  [{ rule: [] }, 'the file has an unknown key "rule": known are default, rules'],
  [{ rules: {} }, "rules must be a list"],
  [{ rules: [{ require: "digest" }] }, "rule 1 names no repository"],
  [rule({ require: "signed" }), "rule 1 must require one of nothing, digest, signature, refuse"],
  [rule({ require: "signature" }), "rule 1 requires a signature, but names no keys"],
  [rule({ require: "digest", keys: ["ecdsa.pub"] }), "rule 1 names keys, but requires no signature"],
  [rule({ require: "signature", keys: ["none.pub"] }), "none.pub cannot be used"],
  [rule({ require: "signature", keys: ["garbage.pub"] }), "garbage.pub cannot be used"],
  [{ default: { require: "refuse", key: [] } }, 'default has an unknown key "key"'],
])("the policy %j is refused: %s", (policy, message) => {
  const path = join(directory, "policy.json");
  expect(() => parsePolicy(JSON.stringify(policy), path)).toThrow(message);
  expect(() => parsePolicy(JSON.stringify(policy), path)).toThrow(path);
});

const path = () => join(directory, "live.json");
const write = (policy: object) => writeFileSync(path(), JSON.stringify(policy), { mode: 0o644 });

const guard = () =>
  new ImageGuard(new PolicySource(() => ({ path: path(), required: false })), () => new Date(0));

describe("the guard", () => {
  const reference = parseReference("example.com/app:1");
  const use = (verifications: { repository: string; fingerprint: string }[] = []) => ({
    reference,
    names: [reference],
    verifications: verifications.map((each) => ({ ...each, digest, keyFile: "", verifiedMs: 0 })),
  });

  test("follows the file: none lets everything through, a broken one and one that anybody may write nothing", () => {
    const live = guard();
    rmSync(path(), { force: true });
    live.checkPull(reference);
    write({ default: { require: "refuse" } });
    expect(() => live.checkPull(reference)).toThrow("images of example.com/app are not allowed here");
    writeFileSync(path(), "{");
    expect(() => live.checkPull(reference)).toThrow("invalid JSON");
    write({});
    live.checkPull(reference);
    chmodSync(path(), 0o666);
    expect(() => live.checkPull(reference)).toThrow("others than its owner may write it");
    rmSync(path());
    expect(() => new PolicySource(() => ({ path: path(), required: true })).current()).toThrow(
      "there is no such file",
    );
  });

  test("follows the keys: one that was replaced counts at once, one that is gone or that anybody may write lets nothing through", () => {
    const path = file("live");
    const put = (kind: keyof typeof kinds) =>
      writeFileSync(path, kinds[kind].publicKey.export({ type: "spki", format: "pem" }));
    put("ecdsa");
    write({ rules: [{ repository: "example.com/*", require: "signature", keys: ["live.pub"] }] });
    const live = guard();
    const byEcdsa = use([{ repository: "example.com/app", fingerprint: readTrustedKey(path).fingerprint }]);
    live.checkUse(byEcdsa);
    put("rsa");
    expect(() => live.checkUse(byEcdsa)).toThrow("no trusted signature was found");
    put("ecdsa");
    live.checkUse(byEcdsa);
    chmodSync(path, 0o666);
    expect(() => live.checkUse(byEcdsa)).toThrow("live.pub cannot be used: others than its owner may write");
    rmSync(path);
    expect(() => live.checkUse(byEcdsa)).toThrow("live.pub cannot be used: ENOENT");
  });

  test("asks for digests, and takes an id for one", () => {
    write({ rules: [{ repository: "example.com/*", require: "digest" }] });
    const live = guard();
    expect(() => live.checkPull(reference)).toThrow(
      "must be named by their digest: example.com/app@sha256:…",
    );
    live.checkPull({ ...reference, digest });
    live.checkPull(parseReference("other.com/app"));
    expect(() => live.checkUse(use())).toThrow("must be named by their digest");
    live.checkUse({ ...use(), reference: undefined });
  });

  test("lets run what was verified by a key that is trusted still, under whatever name it is asked for", () => {
    const key = readTrustedKey(file("ecdsa"));
    write({ rules: [{ repository: "example.com/*", require: "signature", keys: ["ecdsa.pub"] }] });
    const live = guard();
    const verified = { repository: "example.com/app", fingerprint: key.fingerprint };
    live.checkUse(use([verified]));
    const refused = [
      use(),
      use([{ ...verified, repository: "example.com/other" }]),
      use([{ ...verified, fingerprint: "SHA256:0" }]),
      { ...use(), reference: undefined },
    ];
    for (const each of refused) expect(() => live.checkUse(each)).toThrow("no trusted signature was found");
    live.checkUse({ ...use(), reference: parseReference("elsewhere.com/app") });
    write({ default: { require: "signature", keys: ["ecdsa.pub"] } });
    expect(() => live.checkUse({ ...use(), reference: undefined, names: [] })).toThrow("without a name");
  });
});
