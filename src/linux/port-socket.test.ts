import { expect, test } from "bun:test";
import { closePortSocket, ipv6Bytes, openPortSocket } from "./port-socket.ts";

const hex = (address: string) => ipv6Bytes(address).toString("hex");

test("IPv6 addresses become their bytes", () => {
  expect(hex("::")).toBe("0".repeat(32));
  expect(hex("::1")).toBe(`${"0".repeat(31)}1`);
  expect(hex("fd00::2")).toBe("fd000000000000000000000000000002");
  expect(hex("1:2:3:4:5:6:7:8")).toBe("00010002000300040005000600070008");
  expect(hex("2001:db8::a:0:1")).toBe("20010db8000000000000000a00000001");
  expect(hex("::ffff:192.0.2.1")).toBe("00000000000000000000ffffc0000201");
  expect(hex("64:ff9b::192.0.2.33")).toBe("0064ff9b0000000000000000c0000221");
});

test("a held port is taken until it is closed", () => {
  for (const protocol of ["tcp", "udp"] as const) {
    for (const address of ["127.0.0.1", "::1"]) {
      const fd = openPortSocket(protocol, address, 28999);
      expect(() => openPortSocket(protocol, address, 28999)).toThrow("EADDRINUSE");
      closePortSocket(fd);
      closePortSocket(openPortSocket(protocol, address, 28999));
    }
  }
});

test("both families can hold one port", () => {
  const fds = ["0.0.0.0", "::"].map((address) => openPortSocket("tcp", address, 28999));
  for (const fd of fds) closePortSocket(fd);
});
