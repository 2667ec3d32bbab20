import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listMounts } from "./mount.ts";
import { findLink, listLinks } from "./netlink-link.ts";
import { createNetworkNamespace, removeNetworkNamespace, setNamespaceSysctls, sysctlPath } from "./netns.ts";

const directory = mkdtempSync(join(tmpdir(), "gantry-netns-"));
const path = join(directory, "one");
const own = () => readlinkSync("/proc/thread-self/ns/net");

test("a namespace is made, reached through its socket, and given back; the thread stays at home", () => {
  const home = own();
  {
    using namespace = createNetworkNamespace(path);
    expect(own()).toBe(home);
    expect(listLinks(namespace.route).map(({ name }) => name)).toContain("lo");
    expect(findLink(namespace.route, "eth0")).toBeUndefined();
    expect(readlinkSync(`/proc/self/fd/${namespace.fd}`)).not.toBe(home);
    const setting = "net.ipv4.ip_default_ttl";
    const before = readFileSync(sysctlPath(setting), "utf8");
    setNamespaceSysctls(namespace.fd, [[setting, "77"]]);
    expect(readFileSync(sysctlPath(setting), "utf8")).toBe(before);
    expect(() => setNamespaceSysctls(namespace.fd, [["net.no.such", "1"]])).toThrow("ENOENT");
    expect(own()).toBe(home);
  }
  removeNetworkNamespace(path);
  removeNetworkNamespace(path);
  expect(existsSync(path)).toBe(false);
  expect(listMounts().some(({ target }) => target === path)).toBe(false);
});

test("a name that is taken is refused and kept", () => {
  createNetworkNamespace(path)[Symbol.dispose]();
  expect(() => createNetworkNamespace(path)).toThrow("EEXIST");
  expect(listMounts().some(({ target }) => target === path)).toBe(true);
  removeNetworkNamespace(path);
  rmSync(directory, { recursive: true });
});

test("setting names become paths, and cannot leave their place", () => {
  expect(sysctlPath("net.ipv4.conf.eth0/1.forwarding")).toBe("/proc/sys/net/ipv4/conf/eth0.1/forwarding");
  expect(() => sysctlPath("net.//.etc")).toThrow("not a sysctl");
});
