import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { listMounts } from "../linux/mount.ts";
import { applyNft, listNftTable } from "../linux/nft.ts";
import { NetlinkProtocol, NetlinkSocket, openNetlink } from "../linux/netlink.ts";
import { deleteLink, listLinks } from "../linux/netlink-link.ts";
import { instanceNames } from "./instance-names.ts";
import { ask } from "./testing/ask.ts";
import { refusalOf } from "./testing/refusal.ts";
import { requestFor, TestEngine } from "./testing/test-engine.ts";

const engine = new TestEngine("recovery");
const names = instanceNames(engine.instance);
const ports = { "80/tcp": [{ HostPort: "28300" }], "80/udp": [{ HostPort: "28300" }] };

beforeAll(async () => {
  await engine.networks.reconcile(new Set());
});

afterEach(async () => {
  await engine.networks.reconcile(new Set());
});

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
});

/** Everything of this engine in the kernel, besides the bridge and the rules. */
async function leftovers(): Promise<string[]> {
  using socket = new NetlinkSocket(openNetlink(NetlinkProtocol.route));
  const links = listLinks(socket).map(({ name }) => name);
  const table = (await listNftTable("inet", names.table)) ?? "no table";
  return [
    ...links.filter((name) => name.startsWith(names.linkPrefix)),
    ...readdirSync(join(engine.execRoot, "netns")),
    ...listMounts()
      .map(({ target }) => target)
      .filter((target) => target.startsWith(engine.directory)),
    ...[...table.matchAll(/map \w+ \{[^}]*elements = \{([^}]*)\}/g)].map(([, elements = ""]) => elements),
  ];
}

/** Bounded: the kernel removes links in its own time. */
async function expectNothingLeft(): Promise<void> {
  for (let tries = 0; tries < 200 && (await leftovers()).length > 0; tries += 1) await Bun.sleep(20);
  expect(await leftovers()).toEqual([]);
}

/** Runs a step in a process of its own that dies at `killAt`. */
async function crash(killAt: string): Promise<void> {
  const script = join(import.meta.dirname, "testing", "crash.ts");
  const args = [script, engine.databasePath, engine.execRoot, engine.instance];
  const child = spawn(process.execPath, args, {
    stdio: "inherit",
    env: { ...process.env, GANTRY_TEST_KILL_AT: killAt },
  });
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  expect(`${killAt} ${signal}`).toBe(`${killAt} SIGKILL`);
}

const steps = [
  "networks.connect.recorded",
  "networks.connect.namespace",
  "networks.connect.links",
  "networks.connect.configured",
  "networks.connect.published",
  "networks.release.unpublished",
  "networks.release.destroyed",
];
for (const step of steps) {
  test(`killed at ${step}, the next start leaves nothing of it`, async () => {
    await crash(step);
    engine.reopen();
    await engine.networks.reconcile(new Set());
    await expectNothingLeft();
    expect(engine.networks.inspect("bridge").Containers).toEqual({});
    await engine.networks.connect(requestFor("again", { ports }));
  });
}

test("a restart keeps what runs: its connections, its ports and its addresses", async () => {
  const request = requestFor("kept", { ports });
  const sandbox = await engine.networks.connect(request);
  const gone = requestFor("gone", { ports: { "80/tcp": [{ HostPort: "28301" }] } });
  await engine.networks.connect(gone);
  await engine.serve(sandbox.path, 80);
  const open = connectSocket({ host: "127.0.0.1", port: 28300, allowHalfOpen: true });
  await once(open, "connect");
  open.write("before ");

  await engine.networks.close();
  expect(await ask("tcp", "127.0.0.1", 28300)).toEndWith(" 4");
  engine.reopen();
  await engine.networks.reconcile(new Set([request.containerId]));

  open.end("after");
  const [answer] = (await once(open, "data")) as [Buffer];
  expect(answer.toString()).toEndWith(" 12");
  expect(await ask("tcp", "::1", 28300)).toEndWith(" 4");
  expect(await ask("udp", "::1", 28300)).toEndWith(" 4");
  expect(await refusalOf(engine.networks.connect(requestFor("late", { ports })))).toContain(
    "held by container kept",
  );
  expect(Object.keys(engine.networks.inspect("bridge").Containers ?? {})).toEqual([request.containerId]);
  const next = await engine.networks.connect(requestFor("next"));
  expect(next.endpoints.bridge?.IPAddress).not.toBe(sandbox.endpoints.bridge?.IPAddress ?? "");
});

test("a flushed firewall and a deleted bridge are put back at the next use", async () => {
  const first = await engine.networks.connect(requestFor("first", { ports }));
  await engine.serve(first.path, 80);
  await applyNft(`delete table inet ${names.table}\n`);
  // Nothing but the proxy is left: it answers.
  expect(await ask("tcp", "127.0.0.1", 28300)).toEndWith(" 4");
  const other = { "80/tcp": [{ HostPort: "28302" }] };
  await engine.networks.connect(requestFor("second", { ports: other }));
  expect(await listNftTable("inet", names.table)).toContain(". 28300 :");

  using socket = new NetlinkSocket(openNetlink(NetlinkProtocol.route));
  socket.request(deleteLink(names.bridge));
  const third = await engine.networks.connect(requestFor("third"));
  expect(await engine.askFrom(third.path, "tcp", first.endpoints.bridge?.IPAddress ?? "", 80)).toEndWith(
    " 4",
  );
  expect(await ask("tcp", "127.0.0.1", 28300)).toEndWith(" 4");
});

test("a stray process in a namespace does not keep its link", async () => {
  const sandbox = await engine.networks.connect(requestFor("haunted", { ports }));
  await engine.serve(sandbox.path, 80);
  await engine.networks.release(requestFor("haunted").containerId);
  await expectNothingLeft();
});

test("rules that somebody changed are made right at the next start", async () => {
  const before = await listNftTable("inet", names.table);
  await applyNft(`flush chain inet ${names.table} forward\nadd rule inet ${names.table} output drop\n`);
  engine.reopen();
  await engine.networks.reconcile(new Set());
  expect(await listNftTable("inet", names.table)).toBe(before ?? "");
  expect(engine.logged.join("")).toContain("not as it should be");
});

test("two engines side by side have subnets, bridges and tables of their own", async () => {
  await using other = new TestEngine("recovery-other");
  const [one, two] = await Promise.all([
    engine.networks.connect(requestFor("one")),
    other.networks.connect(requestFor("two")),
  ]);
  expect(one.endpoints.bridge?.Gateway).not.toBe(two.endpoints.bridge?.Gateway ?? "");
  await other.serve(two.path, 80);
  // Networks are apart: not even by address.
  const address = two.endpoints.bridge?.IPAddress ?? "";
  expect(await engine.askFrom(one.path, "tcp", address, 80, 300)).toStartWith("failed: ");
  await other.networks.reconcile(new Set());
  expect(await engine.askFrom(one.path, "tcp", one.endpoints.bridge?.Gateway ?? "", 1, 300)).toBe(
    "failed: ECONNREFUSED",
  );
});
