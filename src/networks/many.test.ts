import { afterAll, expect, test } from "bun:test";
import { NetlinkProtocol, NetlinkSocket, openNetlink } from "../linux/netlink.ts";
import { listLinks } from "../linux/netlink-link.ts";
import { instanceNames } from "./instance-names.ts";
import { refusalOf } from "./testing/refusal.ts";
import { requestFor, TestEngine } from "./testing/test-engine.ts";

const engine = new TestEngine("many");
const small = new TestEngine("small", { bridgeAddress: "203.0.113.1/29" });

afterAll(async () => {
  await small[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

const idOf = (name: string) => requestFor(name).containerId;
const names = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`);

test("50 containers connect at once, each with its own address and port", async () => {
  const ports = { "80/tcp": [{}] };
  const sandboxes = await Promise.all(
    names(50).map((name) => engine.networks.connect(requestFor(name, { ports }))),
  );
  const addresses = new Set(sandboxes.map(({ endpoints }) => endpoints.bridge?.IPAddress));
  const hostPorts = new Set(sandboxes.map(({ ports: given }) => given["80/tcp"]?.[0]?.HostPort));
  expect(addresses.size).toBe(50);
  expect(hostPorts.size).toBe(50);
  await Promise.all(names(50).map((name) => engine.networks.release(idOf(name))));
  expect(engine.networks.inspect("bridge").Containers).toEqual({});
});

test("the lowest free address is given, as Docker does", async () => {
  const connect = async (name: string) =>
    (await engine.networks.connect(requestFor(name))).endpoints.bridge?.IPAddress?.split(".").at(-1);
  expect([await connect("a"), await connect("b"), await connect("c")]).toEqual(["2", "3", "4"]);
  await engine.networks.release(idOf("b"));
  expect(await connect("d")).toBe("3");
  expect(await connect("e")).toBe("5");
  for (const name of ["a", "c", "d", "e"]) await engine.networks.release(idOf(name));
});

test("a full network says so", async () => {
  for (const name of names(5)) await small.networks.connect(requestFor(name));
  expect(await refusalOf(small.networks.connect(requestFor("late")))).toContain(
    `no available IPv4 addresses on this network's address pools: bridge (ID)`,
  );
  await small.networks.release(idOf("c3"));
  const late = await small.networks.connect(requestFor("late"));
  expect(late.endpoints.bridge?.IPAddress).toBe("203.0.113.5");
});

test("release is idempotent, and closing leaves no link when nothing runs", async () => {
  await engine.networks.release(idOf("c1"));
  await engine.networks.release("never-known");
  await engine.networks.close();
  using socket = new NetlinkSocket(openNetlink(NetlinkProtocol.route));
  const own = instanceNames(engine.instance);
  const left = listLinks(socket).filter(({ name }) => name === own.bridge || name.startsWith(own.linkPrefix));
  expect(left).toEqual([]);
  engine.reopen();
});
