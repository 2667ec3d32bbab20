// `build --ssh` with key files: OpenSSH's own client in a step logs in to a real sshd, and so does git for ADD.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { must, type Result, run } from "../support/command.ts";
import { Driver } from "../support/driver.ts";
import { GitServer } from "../support/git-server.ts";
import { busyboxImage, ensureBusybox } from "../support/images.ts";
import { gantryBinary, runPrefix } from "../support/paths.ts";
import { noSshServer, ssh, SshServer } from "../support/ssh-server.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);

const kinds = {
  ed25519: ["-t", "ed25519"],
  rsa: ["-t", "rsa", "-b", "2048"],
  ecdsa: ["-t", "ecdsa", "-b", "384"],
  locked: ["-t", "ed25519"],
};

describe.skipIf(noSshServer !== undefined)(`keys for builds ${noSshServer ?? ""}`, () => {
  const directory = mkdtempSync(join(tmpdir(), `${runPrefix}build-ssh-`));
  const context = join(directory, "context");
  let engine: TestEngine;
  let server: SshServer;

  beforeAll(async () => {
    mkdirSync(context);
    for (const [name, flags] of Object.entries(kinds)) {
      const passphrase = name === "locked" ? "secret" : "";
      await must(["ssh-keygen", "-q", ...flags, "-N", passphrase, "-C", name, "-f", key(name)]);
    }
    const open = ["ed25519", "rsa", "ecdsa"].map(publicKey).join("");
    server = await SshServer.start(directory, open, key("ed25519"));
    for (const program of [ssh, "/usr/bin/ssh-add"]) await takeAlong(program);
    engine = await TestEngine.start();
    await ensureBusybox(new Driver("gantry", "gantry", engine.host, [gantryBinary]));
  });
  afterAll(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
    expect(await engine.dispose()).toEqual([]);
  });

  const key = (name: string) => join(directory, name);
  const publicKey = (name: string) => readFileSync(`${key(name)}.pub`, "utf8");

  /** A program of this machine with its libraries, for a step. */
  async function takeAlong(program: string): Promise<void> {
    const libraries = (await must(["ldd", program])).match(/\/\S+/g) ?? [];
    for (const path of [program, ...libraries]) {
      mkdirSync(join(context, dirname(path)), { recursive: true });
      cpSync(path, join(context, path), { dereference: true });
    }
  }

  async function build(lines: string[], ...flags: string[]): Promise<Result> {
    writeFileSync(join(context, "Dockerfile"), [`FROM ${busyboxImage}`, "COPY . /", ...lines].join("\n"));
    return await run([gantryBinary, "-H", engine.host, "build", "--progress", "plain", ...flags, context]);
  }

  const login = (more: string) =>
    `ssh -F none -oBatchMode=yes -oStrictHostKeyChecking=no -oUserKnownHostsFile=/dev/null -oLogLevel=ERROR ${more} -p ${server.port} root@127.0.0.1`;

  test("a step sees the keys of its id, and nothing else", async () => {
    const flags = ["--ssh", `default=${key("ed25519")},${key("rsa")}`, "--ssh", `other=${key("ecdsa")}`];
    const lines = [
      "RUN --mount=type=ssh ssh-add -L > /default",
      "RUN --mount=type=ssh,id=other ssh-add -L > /other",
      'RUN test -z "$SSH_AUTH_SOCK" && ! ls /run/buildkit',
      `FROM scratch`,
      "COPY --from=0 /default /other /",
    ];
    const out = join(directory, "out");
    const { code, stderr } = await build(lines, ...flags, "-o", out);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    // The comment of a key is where it came from.
    const shown = (name: string) =>
      publicKey(name)
        .trim()
        .replace(/ \w+$/, ` ${key(name)}`);
    expect(readFileSync(join(out, "default"), "utf8").trim().split("\n")).toEqual([
      shown("ed25519"),
      shown("rsa"),
    ]);
    expect(readFileSync(join(out, "other"), "utf8").trim()).toBe(shown("ecdsa"));
  });

  test.each(["ed25519", "rsa", "ecdsa"])("a step logs in with %s", async (name) => {
    const line = `RUN --mount=type=ssh --network=host ${login("")} echo in-$((40 + 2)) with ${name}`;
    const { code, stderr } = await build([line], "--allow", "network.host", "--ssh", `default=${key(name)}`);
    expect([code, stderr]).toEqual([0, expect.stringContaining(`in-42 with ${name}`)]);
  });

  test("without a key a step gets no further than the door", async () => {
    const line = `RUN --mount=type=ssh --network=host ${login("")} true`;
    const { code, stderr } = await build([line], "--allow", "network.host");
    expect([code, stderr]).toEqual([1, expect.stringContaining("Permission denied")]);
    const required = await build(["RUN --mount=type=ssh,required true"]);
    expect([required.code, required.stderr]).toEqual([
      1,
      expect.stringContaining("unset ssh forward key default"),
    ]);
  });

  test("a key with a passphrase is refused before anything is built", async () => {
    const { code, stderr } = await build([], "--ssh", `default=${key("locked")}`);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `ERROR: failed to build: failed to convert agent config for ID: "default": failed to parse ${key("locked")}: ssh: this private key is passphrase protected; load it into an agent (ssh-add) and give its socket\n`,
    );
  });

  test("ADD takes a repository over ssh with the key that is lent", async () => {
    const repositories = await GitServer.start(directory);
    repositories.commit("work", { file: "over ssh" });
    repositories.publish("work");
    repositories.close();
    const line = `ADD ssh://root@127.0.0.1:${server.port}${directory}/work.git /added/`;
    const out = join(directory, "added");
    const given = await build([line], "--ssh", `default=${key("rsa")}`, "-o", out);
    expect([given.code, given.stderr]).toEqual([0, expect.any(String)]);
    expect(readFileSync(join(out, "added/file"), "utf8")).toBe("over ssh");
    const without = await build([line.replace("/added/", "/again/")]);
    expect([without.code, without.stderr]).toEqual([
      1,
      expect.stringContaining("unset ssh forward key default"),
    ]);
  });
});
