// The agent beside OpenSSH's own programs: keys made by ssh-keygen, signatures checked by it.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentKey, readAgentKey } from "./agent-key.ts";
import { serveAgent } from "./serve-agent.ts";
import { uint32, wireString } from "./wire.ts";

const noKeygen = Bun.which("ssh-keygen") === null;
let directory = "";
let server: Server | undefined;
let keys: AgentKey[] = [];

const kinds: [name: string, ...flags: string[]][] = [
  ["ed25519", "-t", "ed25519"],
  ["rsa", "-t", "rsa", "-b", "2048"],
  ["ecdsa", "-t", "ecdsa"],
  ["ecdsa384", "-t", "ecdsa", "-b", "384"],
  ["ecdsa521", "-t", "ecdsa", "-b", "521"],
  ["rsa-pem", "-t", "rsa", "-b", "2048", "-m", "PEM"],
  ["rsa-pkcs8", "-t", "rsa", "-b", "2048", "-m", "PKCS8"],
  ["ecdsa-pem", "-t", "ecdsa", "-m", "PEM"],
];

async function ssh(program: string, ...args: string[]): Promise<{ code: number; stdout: string }> {
  const child = Bun.spawn([program, ...args], {
    env: { SSH_AUTH_SOCK: join(directory, "agent"), PATH: process.env.PATH ?? "" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const stdout = await new Response(child.stdout).text();
  return { code: await child.exited, stdout };
}

async function makeKey(name: string, passphrase: string, flags: readonly string[]): Promise<string> {
  const file = join(directory, name);
  await ssh("ssh-keygen", "-q", ...flags, "-N", passphrase, "-C", name, "-f", file);
  return readFileSync(file, "utf8");
}

describe.skipIf(noKeygen)(`an agent for key files${noKeygen ? " (no ssh-keygen here)" : ""}`, () => {
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "gantry-agent-"));
    keys = await Promise.all(
      kinds.map(async ([name, ...flags]) => readAgentKey(await makeKey(name, "", flags), name)),
    );
    const listening = createServer((socket) => serveAgent(socket, Buffer.alloc(0), keys));
    server = listening;
    await new Promise<void>((resolve) => listening.listen(join(directory, "agent"), resolve));
  });
  afterAll(() => {
    server?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test("ssh-add lists every key as its own file has it", async () => {
    const { stdout } = await ssh("ssh-add", "-L");
    const files = kinds.map(([name]) => readFileSync(join(directory, `${name}.pub`), "utf8").trim());
    expect(stdout.trim().split("\n")).toEqual(files);
  });

  test.each(kinds)("what %s signs is good", async (name) => {
    const data = join(directory, `${name}.data`);
    writeFileSync(data, "to be signed");
    await ssh("ssh-keygen", "-Y", "sign", "-q", "-n", "test", "-f", join(directory, `${name}.pub`), data);
    const check = Bun.spawn(
      ["ssh-keygen", "-Y", "check-novalidate", "-q", "-n", "test", "-s", `${data}.sig`],
      { stdin: Bun.file(data), stdout: "ignore", stderr: "inherit" },
    );
    expect(await check.exited).toBe(0);
  });

  test("keys can be used, but not changed", async () => {
    const { code } = await ssh("ssh-add", "-q", "-D");
    expect(code).not.toBe(0);
    expect((await ssh("ssh-add", "-L")).stdout.split("\n")).toHaveLength(kinds.length + 1);
  });

  test("what is no message is answered by a failure, what is too long by the end", async () => {
    expect(await asked(wireString(Buffer.from([13, 0, 0])))).toEqual(wireString(Buffer.from([5])));
    expect(await asked(uint32(1 << 20))).toEqual(Buffer.alloc(0));
  });

  test("keys that need a passphrase, and what is none, are named as what they are", async () => {
    for (const flags of [
      ["-t", "ed25519"],
      ["-t", "rsa", "-b", "2048", "-m", "PEM"],
      ["-t", "rsa", "-b", "2048", "-m", "PKCS8"],
    ]) {
      const text = await makeKey(`locked-${flags.length}${flags.at(-1)}`, "secret", flags);
      expect(() => readAgentKey(text, "")).toThrow("this private key is passphrase protected");
    }
    expect(() => readAgentKey("hello", "")).toThrow("ssh: no key found");
    const cut = readFileSync(join(directory, "ed25519"), "utf8").split("\n");
    expect(() => readAgentKey([...cut.slice(0, 2), ...cut.slice(-2)].join("\n"), "")).toThrow();
  });
});

/** What the agent sends back, up to its first answer or its end. */
function asked(message: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(directory, "agent"));
    socket.once("data", (bytes: Buffer) => {
      socket.destroy();
      resolve(bytes);
    });
    socket.once("error", reject).once("close", () => resolve(Buffer.alloc(0)));
    socket.write(message);
  });
}
