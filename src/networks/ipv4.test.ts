import { expect, test } from "bun:test";
import { formatIpv4, formatPrefix, macOf, networkOf, overlaps, parseIpv4, parsePrefix } from "./ipv4.ts";

const prefix = (text: string) => parsePrefix(text) ?? { address: -1, prefixLength: -1 };

test("addresses are read strictly and written back", () => {
  for (const text of ["0.0.0.0", "172.17.0.2", "255.255.255.255"]) {
    expect(formatIpv4(parseIpv4(text) ?? -1)).toBe(text);
  }
  for (const text of ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "a.b.c.d", "1.2.3.-4", "::1"]) {
    expect(parseIpv4(text)).toBeUndefined();
  }
});

test("prefixes keep their host part", () => {
  expect(formatPrefix(prefix("172.18.0.1/16"))).toBe("172.18.0.1/16");
  expect(formatPrefix(networkOf(prefix("172.18.5.1/16")))).toBe("172.18.0.0/16");
  expect(formatPrefix(networkOf(prefix("255.255.255.255/0")))).toBe("0.0.0.0/0");
  for (const text of ["172.17.0.1", "172.17.0.1/33", "172.17.0.1/x", "172.17.0.1/1/2", "/16"]) {
    expect(parsePrefix(text)).toBeUndefined();
  }
});

test("networks overlap when one holds the other", () => {
  expect(overlaps(prefix("10.0.0.0/8"), prefix("10.255.0.1/32"))).toBe(true);
  expect(overlaps(prefix("192.168.16.0/20"), prefix("192.168.0.0/20"))).toBe(false);
  expect(overlaps(prefix("192.168.16.0/20"), prefix("192.168.0.0/19"))).toBe(true);
});

test("a container's MAC follows its address", () => {
  expect(macOf(parseIpv4("172.17.0.255") ?? 0)).toBe("02:42:ac:11:00:ff");
});
