import { afterAll, beforeAll, expect, test } from "bun:test";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { Sandbox } from "./network-service.ts";
import { addOtherHost, type OtherHost } from "./testing/other-host.ts";
import { ask } from "./testing/ask.ts";
import { refusalOf } from "./testing/refusal.ts";
import { requestFor, TestEngine } from "./testing/test-engine.ts";

const engine = new TestEngine("connectivity");
let web: Sandbox;
let client: Sandbox;
let other: OtherHost;

/** How long a connection that must fail is given. */
const shortMs = 500;

const ipOf = (sandbox: Sandbox) => sandbox.endpoints.bridge?.IPAddress ?? "";
const gatewayOf = (sandbox: Sandbox) => sandbox.endpoints.bridge?.Gateway ?? "";

beforeAll(async () => {
  await engine.networks.reconcile(new Set());
  web = await engine.networks.connect(
    requestFor("web", {
      ports: {
        "80/tcp": [{ HostPort: "28180" }, { HostIp: "127.0.0.1", HostPort: "28181" }],
        "80/udp": [{ HostPort: "28180" }],
      },
    }),
  );
  client = await engine.networks.connect(requestFor("client"));
  other = addOtherHost(engine.directory, "gtytest1");
  await engine.serve(web.path, 80);
});

afterAll(async () => {
  other[Symbol.dispose]();
  await engine[Symbol.asyncDispose]();
});

test("containers reach each other by their own addresses", async () => {
  expect(await engine.askFrom(client.path, "tcp", ipOf(web), 80)).toBe(`${ipOf(client)} 4`);
  expect(await engine.askFrom(client.path, "udp", ipOf(web), 80)).toBe(`${ipOf(client)} 4`);
});

test("the host reaches a container's address", async () => {
  expect(await ask("tcp", ipOf(web), 80)).toBe(`${gatewayOf(web)} 4`);
});

test("a published port answers on localhost, by IPv4 and IPv6, TCP and UDP", async () => {
  expect(await ask("tcp", "127.0.0.1", 28180)).toBe(`${gatewayOf(web)} 4`);
  expect(await ask("udp", "127.0.0.1", 28180)).toBe(`${gatewayOf(web)} 4`);
  expect(await ask("tcp", "::1", 28180)).toBe(`${gatewayOf(web)} 4`);
  expect(await ask("udp", "::1", 28180)).toBe(`${gatewayOf(web)} 4`);
});

test("the IPv6 proxy passes data with backpressure and half-close", async () => {
  const size = 16 * 1024 * 1024;
  expect(await ask("tcp", "::1", 28180, size)).toBe(`${gatewayOf(web)} ${size}`);
});

test("a published port answers on the host's own addresses", async () => {
  expect(await ask("tcp", gatewayOf(web), 28180)).toEndWith(" 4");
  expect(await ask("tcp", other.routerAddress, 28180)).toEndWith(" 4");
});

test("other hosts reach a published port, and the container sees their address", async () => {
  expect(await engine.askFrom(other.path, "tcp", other.routerAddress, 28180)).toBe(`${other.address} 4`);
  expect(await engine.askFrom(other.path, "udp", other.routerAddress, 28180)).toBe(`${other.address} 4`);
});

test("other hosts reach neither a port published on 127.0.0.1 nor an address behind the host", async () => {
  expect(await ask("tcp", "127.0.0.1", 28181)).toEndWith(" 4");
  expect(await engine.askFrom(other.path, "tcp", other.routerAddress, 28181, shortMs)).toStartWith(
    "failed: ",
  );
  expect(await engine.askFrom(other.path, "tcp", ipOf(web), 80, shortMs)).toStartWith("failed: ");
});

test("containers leave with the host's address", async () => {
  await engine.serve(other.path, 80);
  expect(await engine.askFrom(client.path, "tcp", other.address, 80)).toBe(`${other.routerAddress} 4`);
});

test("containers reach published ports by the host's address, also their own", async () => {
  for (const sandbox of [client, web]) {
    expect(await engine.askFrom(sandbox.path, "tcp", other.routerAddress, 28180)).toEndWith(" 4");
    expect(await engine.askFrom(sandbox.path, "udp", other.routerAddress, 28180)).toEndWith(" 4");
    expect(await engine.askFrom(sandbox.path, "tcp", gatewayOf(client), 28180)).toEndWith(" 4");
  }
});

test("a container cannot reach the host's loopback through the bridge", async () => {
  // 127.0.0.2 by way of the gateway: what route_localnet would let in, were it not for the firewall.
  const script = [
    "echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet",
    "busybox ip route del local 127.0.0.0/8 dev lo table local",
    `busybox ip route add 127.0.0.2 via ${gatewayOf(client)} dev eth0`,
  ];
  await engine.runInside(client.path, ["sh", "-ec", script.join("\n")]);
  const listener = createServer((socket) => socket.end("host")).listen(28185, "127.0.0.2");
  await once(listener, "listening");
  expect(await engine.askFrom(client.path, "tcp", "127.0.0.2", 28185, shortMs)).toStartWith("failed: ");
  listener.close();
});

test("a sandbox looks as Docker makes it", async () => {
  const addresses = await engine.runInside(web.path, ["busybox", "ip", "-o", "address", "show", "eth0"]);
  expect(addresses).toContain(`inet ${ipOf(web)}/16 brd`);
  expect(addresses).not.toContain("inet6");
  expect(web.endpoints.bridge?.MacAddress).toMatch(/^02:42:/);
  const settings = await engine.runInside(web.path, [
    "sh",
    "-c",
    "cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6 /proc/sys/net/ipv6/conf/all/disable_ipv6",
  ]);
  expect(settings.split("\n")).toEqual(["1", "0"]);
});

test("the network without addresses has a loopback only", async () => {
  const alone = await engine.networks.connect(requestFor("alone", { networkMode: "none" }));
  const links = await engine.runInside(alone.path, ["busybox", "ip", "-o", "link"]);
  expect(links.split("\n")).toHaveLength(1);
  expect(links).toContain("LOOPBACK,UP");
  expect(alone.ports).toEqual({});
  expect(alone.endpoints.none?.IPAddress).toBe("");
  expect(engine.networks.inspect("none").Containers).toHaveProperty(requestFor("alone").containerId);
});

test("settings are made inside the sandbox alone, and an unknown one is refused by name", async () => {
  const sysctls = { "net.ipv4.ip_unprivileged_port_start": "77" };
  const tuned = await engine.networks.connect(requestFor("tuned", { sysctls }));
  const file = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
  expect(await engine.runInside(tuned.path, ["cat", file])).toBe("77");
  expect(readFileSync(file, "utf8").trim()).not.toBe("77");
  const wrong = requestFor("wrong", { sysctls: { "net.no.such": "1" } });
  expect(await refusalOf(engine.networks.connect(wrong))).toContain(
    "open sysctl net.no.such file: no such file or directory",
  );
});
