import { afterAll, expect, test } from "bun:test";
import { NetlinkProtocol, NetlinkSocket, openNetlink } from "../linux/netlink.ts";
import { addAddress } from "../linux/netlink-address.ts";
import { addBridge, deleteLink, findLink } from "../linux/netlink-link.ts";
import { parsePrefix } from "./ipv4.ts";
import { refusalOf } from "./testing/refusal.ts";
import { requestFor, TestEngine } from "./testing/test-engine.ts";

const engine = new TestEngine("networks");

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
});

test("an engine has the three predefined networks, with Docker's JSON", () => {
  const byName = new Map(engine.networks.list().map((network) => [network.Name, network]));
  expect(new Set(byName.keys())).toEqual(new Set(["bridge", "host", "none"]));
  const { Id = "", Created = "", ...none } = byName.get("none") ?? {};
  expect(Id).toMatch(/^[0-9a-f]{64}$/);
  expect(Created).toMatch(/^\d{4}-.*Z$/);
  expect(none).toEqual({
    Name: "none",
    Scope: "local",
    Driver: "null",
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: { Driver: "default", Options: null, Config: null },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: {},
    Options: {},
    Labels: {},
  });
  const bridge = byName.get("bridge");
  expect(bridge?.IPAM?.Config?.[0]?.Subnet).toMatch(/^(172|192)\..*\.0\/\d+$/);
  expect(bridge?.Options?.["com.docker.network.bridge.default_bridge"]).toBe("true");
});

test("networks are found by name, id and unique prefix, and are the same after a restart", () => {
  const { Id = "" } = engine.networks.inspect("bridge");
  engine.reopen();
  expect(engine.networks.inspect(Id).Name).toBe("bridge");
  expect(engine.networks.inspect(Id.slice(0, 12)).Name).toBe("bridge");
  expect(() => engine.networks.inspect("brid")).toThrow("network brid not found");
});

test("a connected container shows, and both ends are events", async () => {
  const seen: unknown[] = [];
  const unsubscribe = engine.events.subscribe(({ Action, Actor }) => seen.push([Action, Actor?.Attributes]));
  const request = requestFor("shown");
  const mac = "02:00:00:00:00:07";
  const sandbox = await engine.networks.connect({ ...request, endpoints: { bridge: { MacAddress: mac } } });
  const { bridge } = sandbox.endpoints;
  expect(engine.networks.inspect("bridge").Containers).toEqual({
    [request.containerId]: {
      Name: "shown",
      EndpointID: bridge?.EndpointID ?? "",
      MacAddress: mac,
      IPv4Address: `${bridge?.IPAddress}/16`,
      IPv6Address: "",
    },
  });
  expect(await engine.runInside(sandbox.path, ["cat", "/sys/class/net/eth0/address"])).not.toBe("");
  await engine.networks.release(request.containerId);
  const attributes = { container: request.containerId, name: "bridge", type: "bridge" };
  expect(seen).toEqual([
    ["connect", attributes],
    ["disconnect", attributes],
  ]);
  unsubscribe();
});

test("a network that is not there is refused when the container starts", async () => {
  const request = requestFor("lost", { networkMode: "foo" });
  expect(await refusalOf(engine.networks.connect(request))).toContain(
    "failed to set up container networking: network foo not found",
  );
});

test("an address that is no container's is refused in Docker's words", async () => {
  const endpoints = { bridge: { MacAddress: "01:00:00:00:00:01" } };
  expect(await refusalOf(engine.networks.connect(requestFor("multicast", { endpoints })))).toMatch(
    /failed to add interface \w+ to sandbox: error setting interface "\w+" MAC to "01:00:00:00:00:01": cannot assign requested address/,
  );
});

test("the host's network needs no sandbox but shows its container", async () => {
  const request = requestFor("shared", { networkMode: "host", ports: { "80/tcp": [{ HostPort: "80" }] } });
  const sandbox = await engine.networks.connect(request);
  expect(sandbox.ports).toEqual({});
  expect(sandbox.endpoints.host?.NetworkID).toBe(engine.networks.inspect("host").Id ?? "");
  expect(engine.networks.inspect("host").Containers).toHaveProperty(request.containerId);
  await engine.networks.release(request.containerId);
});

test("an administrator's bridge is used as it is and stays", async () => {
  using host = new NetlinkSocket(openNetlink(NetlinkProtocol.route));
  const name = "gtytestadm";
  if (findLink(host, name) !== undefined) host.request(deleteLink(name));
  expect(() => new TestEngine("administered", { existingBridge: name })).toThrow(
    `bridge device with non default name ${name} must be created manually`,
  );
  host.request(addBridge(name, "02:00:00:00:00:01", 1500));
  const address = parsePrefix("203.0.113.65/26") ?? { address: 0, prefixLength: 0 };
  host.request(addAddress(findLink(host, name)?.index ?? 0, address));
  {
    await using own = new TestEngine("administered", { existingBridge: name });
    const sandbox = await own.networks.connect(requestFor("guest"));
    expect(sandbox.endpoints.bridge).toMatchObject({
      Gateway: "203.0.113.65",
      IPAddress: "203.0.113.66",
      IPPrefixLen: 26,
    });
  }
  expect(findLink(host, name)).toBeDefined();
  host.request(deleteLink(name));
});

test("an engine without a default bridge has none", async () => {
  await using own = new TestEngine("bridgeless", { existingBridge: "none" });
  expect(new Set(own.networks.list().map(({ Name }) => Name))).toEqual(new Set(["host", "none"]));
  expect(await refusalOf(own.networks.connect(requestFor("lost")))).toContain("network bridge not found");
});

test("ports without an address listen where the engine says", async () => {
  await using own = new TestEngine("bound", { defaultBindAddress: "127.0.0.1" });
  const sandbox = await own.networks.connect(
    requestFor("bound", { ports: { "80/tcp": [{ HostPort: "28290" }] } }),
  );
  expect(sandbox.ports["80/tcp"]).toEqual([{ HostIp: "127.0.0.1", HostPort: "28290" }]);
});

test("containers of a closed bridge reach the host and its ports, not each other", async () => {
  await using own = new TestEngine("closed", { icc: false });
  const web = await own.networks.connect(requestFor("web", { ports: { "80/tcp": [{ HostPort: "28291" }] } }));
  const client = await own.networks.connect(requestFor("client"));
  await own.serve(web.path, 80);
  const { IPAddress = "", Gateway = "" } = web.endpoints.bridge ?? {};
  expect(await own.askFrom(client.path, "tcp", IPAddress, 80, 400)).toStartWith("failed: ");
  expect(await own.askFrom(client.path, "tcp", Gateway, 28292, 400)).toBe("failed: ECONNREFUSED");
  expect(own.networks.inspect("bridge").Options?.["com.docker.network.bridge.enable_icc"]).toBe("false");
});

test("addresses come from the fixed range", async () => {
  await using own = new TestEngine("ranged", {
    bridgeAddress: "203.0.113.129/25",
    fixedCidr: "203.0.113.192/30",
  });
  const addresses: string[] = [];
  for (const name of ["a", "b", "c", "d"]) {
    addresses.push((await own.networks.connect(requestFor(name))).endpoints.bridge?.IPAddress ?? "");
  }
  expect(addresses).toEqual([192, 193, 194, 195].map((last) => `203.0.113.${last}`));
  expect(await refusalOf(own.networks.connect(requestFor("e")))).toContain("no available IPv4 addresses");
  expect(own.networks.inspect("bridge").IPAM?.Config).toEqual([
    { Subnet: "203.0.113.128/25", IPRange: "203.0.113.192/30", Gateway: "203.0.113.129" },
  ]);
});
