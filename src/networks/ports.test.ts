import { afterAll, beforeAll, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { PortMap } from "../spec/api/container.ts";
import { ask } from "./testing/ask.ts";
import { refusalOf } from "./testing/refusal.ts";
import { requestFor, TestEngine } from "./testing/test-engine.ts";

const engine = new TestEngine("ports");

beforeAll(async () => {
  await engine.networks.reconcile(new Set());
});

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
});

const connect = (name: string, ports: PortMap, exposed: string[] = []) =>
  engine.networks.connect(requestFor(name, { ports, exposed }));
const release = (name: string) => engine.networks.release(requestFor(name).containerId);

const refusal = (name: string, ports: PortMap) => refusalOf(connect(name, ports));

const refused = (name: string) =>
  `failed to set up container networking: driver failed programming external connectivity on endpoint ${name} (ID): `;

test("ports show as Docker shows them", async () => {
  const ports = {
    "80/tcp": [{ HostPort: "28200" }],
    "81/udp": [{ HostIp: "127.0.0.1", HostPort: "28200" }],
    "82/tcp": [{ HostIp: "::1", HostPort: "28202" }],
  };
  const sandbox = await connect("shown", ports, ["80/tcp", "99/tcp"]);
  expect(sandbox.ports).toEqual({
    "80/tcp": [
      { HostIp: "0.0.0.0", HostPort: "28200" },
      { HostIp: "::", HostPort: "28200" },
    ],
    "81/udp": [{ HostIp: "127.0.0.1", HostPort: "28200" }],
    "82/tcp": [{ HostIp: "::1", HostPort: "28202" }],
    "99/tcp": null,
  });
  await release("shown");
});

test("a free port is found where none is named, the same for both families", async () => {
  const sandbox = await connect("any", { "80/tcp": [{}], "81/tcp": [{ HostPort: "" }] });
  const [first, second] = ["80/tcp", "81/tcp"].map((key) =>
    sandbox.ports[key]?.map(({ HostPort }) => HostPort),
  );
  expect(first?.[0]).toBe(first?.[1] ?? "");
  expect(Number(first?.[0])).toBeGreaterThanOrEqual(32768);
  expect(second?.[0]).not.toBe(first?.[0] ?? "");
  await release("any");
});

test("of a range the first free port is taken", async () => {
  const blocker = createServer().listen(28210, "0.0.0.0");
  await once(blocker, "listening");
  const range = { "80/tcp": [{ HostPort: "28210-28212" }] };
  const one = await connect("range1", range);
  const two = await connect("range2", range);
  expect(one.ports["80/tcp"]?.[0]?.HostPort).toBe("28211");
  expect(two.ports["80/tcp"]?.[0]?.HostPort).toBe("28212");
  expect(await refusal("range3", range)).toBe(
    `${refused("range3")}Bind for 0.0.0.0:28212 failed: port is already allocated: held by container range2`,
  );
  blocker.close();
  await release("range1");
  await release("range2");
});

const taken = (address: string) =>
  `Bind for ${address}:28220 failed: port is already allocated: held by container holder`;

test("a port that a container has is refused with its name", async () => {
  await connect("holder", { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "28220" }] });
  expect(await refusal("late", { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "28220" }] })).toBe(
    refused("late") + taken("127.0.0.1"),
  );
  expect(await refusal("late", { "80/tcp": [{ HostPort: "28220" }] })).toBe(
    refused("late") + taken("0.0.0.0"),
  );
  // Another address, another protocol: no conflict.
  await connect("beside", {
    "80/tcp": [{ HostIp: "127.0.0.3", HostPort: "28220" }],
    "80/udp": [{ HostPort: "28220" }],
  });
  await release("beside");
  await release("holder");
});

test("the same port asked for twice by one container is refused", async () => {
  const ports = { "80/tcp": [{ HostPort: "28225" }], "81/tcp": [{ HostPort: "28225" }] };
  expect(await refusal("twice", ports)).toContain("Bind for 0.0.0.0:28225 failed: port is already allocated");
});

test("a port that a program of the host has is refused with its name and pid", async () => {
  const program = 'require("node:net").createServer().listen(28230, "127.0.0.1", () => console.log("ready"))';
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  expect(await refusal("unlucky", { "80/tcp": [{ HostPort: "28230" }] })).toMatch(
    new RegExp(
      `failed to bind host port for 0.0.0.0:28230:[\\d.]+:80/tcp: address already in use: held by .* \\(pid ${child.pid}\\)$`,
    ),
  );
  child.kill();
});

test("UDP and IPv6 conflicts name their holder too", async () => {
  const udp = createSocket("udp4").bind(28231, "127.0.0.1");
  await once(udp, "listening");
  const tcp6 = createServer().listen(28232, "::1");
  await once(tcp6, "listening");
  const self = `(pid ${process.pid})`;
  expect(await refusal("udp", { "80/udp": [{ HostPort: "28231" }] })).toEndWith(self);
  const message = await refusal("tcp6", { "80/tcp": [{ HostIp: "::1", HostPort: "28232" }] });
  expect(message).toContain("failed to bind host port for [::1]:28232:");
  expect(message).toEndWith(self);
  udp.close();
  tcp6.close();
});

test("an address that is not the host's is refused in Docker's words", async () => {
  const message = await refusal("far", { "80/tcp": [{ HostIp: "203.0.113.7", HostPort: "28233" }] });
  expect(message).toMatch(
    /failed to bind host port for 203\.0\.113\.7:28233:[\d.]+:80\/tcp: cannot assign requested address$/,
  );
});

test("a published port is taken for programs of the host, and free at once when the container goes", async () => {
  const ports: PortMap = { "80/tcp": [{ HostPort: "28240" }], "80/udp": [{ HostPort: "28240" }] };
  for (let round = 0; round < 3; round += 1) {
    await connect("held", ports);
    const intruder = createServer().listen(28240, "0.0.0.0");
    const [error] = (await once(intruder, "error")) as [{ code: string }];
    expect(error.code).toBe("EADDRINUSE");
    await release("held");
  }
  const heir = createServer().listen(28240, "0.0.0.0");
  await once(heir, "listening");
  heir.close();
});

test("what was refused leaves nothing behind", async () => {
  const before = Object.keys(engine.networks.inspect("bridge").Containers ?? {});
  await connect("first", { "80/tcp": [{ HostPort: "28250" }] });
  await refusal("second", { "80/tcp": [{ HostPort: "28251" }], "81/tcp": [{ HostPort: "28250" }] });
  await connect("third", { "80/tcp": [{ HostPort: "28251" }] });
  await release("first");
  await release("third");
  expect(Object.keys(engine.networks.inspect("bridge").Containers ?? {})).toEqual(before);
});

test("a republished port leads to the new container", async () => {
  const ports = { "80/tcp": [{ HostPort: "28260" }], "80/udp": [{ HostPort: "28260" }] };
  for (const name of ["old", "new"]) {
    const blocker = await connect(`${name}-neighbour`, {});
    expect(blocker.ports).toEqual({});
    const sandbox = await connect(name, ports);
    await engine.serve(sandbox.path, 80);
    expect(await ask("tcp", "127.0.0.1", 28260)).toEndWith(" 4");
    expect(await ask("udp", "127.0.0.1", 28260)).toEndWith(" 4");
    await release(name);
  }
});

test("a UDP client that goes on sending is led to the new container", async () => {
  const ports = { "80/udp": [{ HostPort: "28270" }] };
  const client = createSocket("udp4").bind(0);
  await once(client, "listening");
  for (const name of ["old", "new"]) {
    // The neighbour has the old container's address when the new one comes.
    await connect(`${name}-udp-neighbour`, {});
    const sandbox = await connect(name, ports);
    await engine.serve(sandbox.path, 80);
    client.send("ping", 28270, "127.0.0.1");
    const [answer] = (await once(client, "message")) as [Buffer];
    expect(answer.toString()).toEndWith(" 4");
    await release(name);
  }
  client.close();
});
