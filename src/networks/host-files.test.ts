import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { makeHostFiles } from "./host-files.ts";
import type { HostFilesRequest } from "./network-service.ts";

const context = {
  hostGateway: "172.17.0.1",
  defaultNetwork: "bridge",
  dns: [],
  dnsSearch: [],
  dnsOptions: [],
};
const request: HostFilesRequest = {
  hostname: "c45eb61b9a76",
  domainname: "",
  networkMode: "bridge",
  endpoints: { bridge: { IPAddress: "172.17.0.2" } },
  extraHosts: [],
  dns: ["192.0.2.53"],
  dnsSearch: [],
  dnsOptions: [],
};
const files = (changes: Partial<HostFilesRequest>) => makeHostFiles({ ...request, ...changes }, context);
const local =
  "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\n" +
  "ff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";
const host = "172.17.0.1\thost.docker.internal host.gantry.internal docker.for.mac.localhost\n";

test("hosts on the default bridge is Docker's, with the host's names before the container's own", () => {
  expect(files({}).hosts).toBe(`${local}${host}172.17.0.2\tc45eb61b9a76\n`);
});

test("extra hosts come before the own address; host-gateway is the bridge", () => {
  const extraHosts = ["x:1.1.1.1", "y:host-gateway", "z:::1"];
  const { hosts, hostname } = files({ extraHosts, hostname: "hh.example.com" });
  expect(hosts).toBe(`${local}1.1.1.1\tx\n172.17.0.1\ty\n::1\tz\n${host}172.17.0.2\thh.example.com hh\n`);
  expect(hostname).toBe("hh.example.com\n");
});

test("a domain name completes the host name in hosts alone", () => {
  const { hosts, hostname } = files({ hostname: "foo", domainname: "dom.ain" });
  expect(hosts).toContain("172.17.0.2\tfoo.dom.ain foo\n");
  expect(hostname).toBe("foo\n");
});

test("without a network there is no own address", () => {
  const alone = { networkMode: "none", endpoints: { none: { IPAddress: "" } } };
  expect(files(alone).hosts).toBe(local);
});

test("on the host's network hosts is the host's, unless there are extra hosts", () => {
  const shared = { networkMode: "host", endpoints: { host: { IPAddress: "" } } };
  expect(files(shared).hosts).toBe(readFileSync("/etc/hosts", "utf8"));
  expect(files({ ...shared, extraHosts: ["q:1.1.1.1"] }).hosts).toBe(`${local}1.1.1.1\tq\n`);
});

test("the engine's DNS settings serve containers that have none", () => {
  const engine = { ...context, dns: ["192.0.2.1"], dnsSearch: ["corp"] };
  const own = makeHostFiles({ ...request, dns: [] }, engine).resolvConf;
  expect(own).toContain("nameserver 192.0.2.1\nsearch corp\n");
  expect(makeHostFiles(request, engine).resolvConf).toContain("nameserver 192.0.2.53\nsearch corp\n");
});
