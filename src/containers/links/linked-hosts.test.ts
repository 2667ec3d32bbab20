import { expect, test } from "bun:test";
import { withAddress, withoutAlias } from "./linked-hosts.ts";

const hosts = "127.0.0.1\tlocalhost\n10.0.0.2\tdb 0123456789ab postgres\n# 10.0.0.9\tdb\n10.0.0.3\tdb2\n";

test("the line that begins with the alias gets the address, others stay", () => {
  expect(withAddress(hosts, "db", "10.0.0.7")).toBe(hosts.replace("10.0.0.2", "10.0.0.7"));
  expect(withAddress(hosts, "postgres", "10.0.0.7")).toBe(hosts);
});

test("the line that begins with the alias goes", () => {
  expect(withoutAlias(hosts, "db")).toBe(hosts.replace("10.0.0.2\tdb 0123456789ab postgres\n", ""));
});
