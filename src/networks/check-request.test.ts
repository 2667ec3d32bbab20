import { expect, test } from "bun:test";
import { checkRequest } from "./check-request.ts";
import type { SandboxRequest } from "./network-service.ts";
import { requestFor } from "./testing/test-engine.ts";

const check = (wishes: Partial<SandboxRequest>) => () => checkRequest(requestFor("x", wishes));
const onlyUserDefined = "user specified IP address is supported on user defined networks only";
const onlySubnets =
  "user specified IP address is supported only when connecting to networks with user configured subnets";

const fixed = (IPv4Address: string) => check({ endpoints: { bridge: { IPAMConfig: { IPv4Address } } } });

test("fixed addresses are refused on predefined networks", () => {
  const refused = "invalid config for network bridge: invalid endpoint settings:";
  expect(fixed("172.17.0.9")).toThrow(`${refused}\n* ${onlyUserDefined}\n* ${onlySubnets}`);
  expect(fixed("300.1.2.3")).toThrow(
    `${refused}\n* ${onlyUserDefined}\n* invalid IPv4 address: 300.1.2.3\n* ${onlySubnets}`,
  );
});

test("wrong ports, addresses and MACs are refused", () => {
  expect(check({ ports: { "80/tcp": [{ HostPort: "x" }] } })).toThrow('invalid port specification: "x"');
  expect(check({ ports: { "80/tcp": [{ HostIp: "nowhere", HostPort: "80" }] } })).toThrow(
    "invalid IP address: nowhere",
  );
  expect(check({ endpoints: { bridge: { MacAddress: "02:00" } } })).toThrow("invalid MAC address: 02:00");
});

test("settings of one interface are not the container's", () => {
  expect(check({ sysctls: { "net.ipv4.conf.eth0.forwarding": "0" } })).toThrow(
    "interface specific sysctl setting \"net.ipv4.conf.eth0.forwarding\" must be supplied using driver option 'com.docker.network.endpoint.sysctls'",
  );
  expect(check({ sysctls: { "net.ipv4.conf.all.forwarding": "0", "kernel.msgmax": "1" } })).not.toThrow();
});

test("an unknown network is the start's business, as in Docker", () => {
  expect(check({ networkMode: "foo" })).not.toThrow();
});
