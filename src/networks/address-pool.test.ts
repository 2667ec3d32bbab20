import { expect, test } from "bun:test";
import { chooseSubnet, lowestFree } from "./address-pool.ts";
import { formatIpv4, formatPrefix, parseIpv4, parsePrefix } from "./ipv4.ts";

const prefix = (text: string) => parsePrefix(text) ?? { address: 0, prefixLength: 0 };
const chosen = (...taken: string[]) => formatPrefix(chooseSubnet(taken.map(prefix)));

const next = (subnet: string, ...used: string[]) => {
  const address = lowestFree(
    prefix(subnet),
    used.map((text) => parseIpv4(text) ?? 0),
  );
  return address === undefined ? undefined : formatIpv4(address);
};

test("subnets are chosen in Docker's order, around what is taken", () => {
  expect(chosen()).toBe("172.17.0.0/16");
  expect(chosen("172.17.0.1/16")).toBe("172.18.0.0/16");
  expect(chosen("172.17.200.0/24", "172.19.0.0/16")).toBe("172.18.0.0/16");
  expect(chosen("172.16.0.0/12")).toBe("192.168.0.0/20");
  expect(chosen("172.16.0.0/12", "192.168.1.0/24")).toBe("192.168.16.0/20");
  expect(() => chosen("172.16.0.0/12", "192.168.0.0/16")).toThrow(
    "all predefined address pools have been fully subnetted",
  );
});

test("the lowest free address is given, never the network's own or its broadcast", () => {
  expect(next("10.0.0.0/29", "10.0.0.1")).toBe("10.0.0.2");
  expect(next("10.0.0.0/29", "10.0.0.1", "10.0.0.2", "10.0.0.4")).toBe("10.0.0.3");
  expect(next("10.0.0.0/29", "10.0.0.2", "10.0.0.3")).toBe("10.0.0.1");
  const all = [1, 2, 3, 4, 5, 6].map((last) => `10.0.0.${last}`);
  expect(next("10.0.0.0/29", ...all)).toBeUndefined();
});
