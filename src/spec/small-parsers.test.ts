// Parsers of one or two lines: one table for all, each message as Docker 28.5 prints it.
import { describe, expect, test } from "bun:test";
import { parseBool } from "./boolean.ts";
import { parseContainerName } from "./container-name.ts";
import { parseCpus } from "./cpus.ts";
import { parseDetachKeys } from "./detach-keys.ts";
import { checkIpAddress, parseExtraHost, parseLink } from "./extra-host.ts";
import { generateName } from "./names-generator.ts";
import { containerNamePattern } from "./container-name.ts";
import { parseSysctl, sysctlNamespace } from "./sysctl.ts";

describe("--cpus", () => {
  test.each([
    ["1.5", 1.5e9],
    ["1", 1e9],
    [".5", 5e8],
    ["1.", 1e9],
    ["+1", 1e9],
    ["-1", -1e9],
    ["1/2", 5e8],
    ["1e3", 1e12],
    ["5e-1", 5e8],
    ["0x1", 1e9],
    ["0.1", 1e8],
    ["0.000000001", 1],
  ])("%s", (text, nano) => {
    expect(parseCpus(text)).toBe(nano);
  });

  test.each(["a", "", "1,5", ".", "1/0", "e3"])("%p is no number", (text) => {
    expect(() => parseCpus(text)).toThrow(`failed to parse ${text} as a rational number`);
  });

  test("a tenth of a billionth is too fine", () => {
    expect(() => parseCpus("0.0000000001")).toThrow("value is too precise");
  });
});

describe("detach keys", () => {
  test.each([
    ["ctrl-p,ctrl-q", [16, 17]],
    ["ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_", [0, 27, 28, 29, 30, 31]],
    ["a,A,DEL", [97, 65, 127]],
    ["", []],
  ])("%s", (text, bytes) => {
    expect([...parseDetachKeys(text)]).toEqual(bytes);
  });

  test.each(["foo", "ctrl-1", "CTRL-P", "ctrl-P", "a,,", ",", "é", "ctrl-a, b"])("%p is refused", (text) => {
    expect(() => parseDetachKeys(text)).toThrow(`Invalid detach keys (${text}) provided`);
  });
});

test("container names", () => {
  for (const name of ["ab", "a_b", "A-b", "a.", "0a"]) expect(parseContainerName(`/${name}`)).toBe(name);
  for (const name of ["a", "", ".a", "a b", "//ab", "aé", "a/b", "-ab", "_ab", "ab\n"]) {
    expect(() => parseContainerName(name)).toThrow(
      `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
  }
});

test("made-up names are good names", () => {
  const seen = new Set<string>();
  for (let step = 0; step < 1000; step++) {
    const name = generateName(() => step / 1000);
    expect(name).toMatch(containerNamePattern);
    seen.add(name);
  }
  expect(seen.size).toBeGreaterThan(200);
  expect(generateName(() => 0.999_999, 1)).toMatch(/\d$/);
});

test("--sysctl", () => {
  expect(parseSysctl("net.ipv4.ip_forward=1")).toEqual(["net.ipv4.ip_forward", "1"]);
  expect(parseSysctl("kernel.sem=1 2 3")).toEqual(["kernel.sem", "1 2 3"]);
  for (const text of ["a", "", "=1", "a.b=1", "kernel.foo=1", "net.ipv4.ip_forward"]) {
    expect(() => parseSysctl(text)).toThrow(`sysctl '${text}' is not allowed`);
  }
  expect(sysctlNamespace("net.core.somaxconn")).toBe("network");
  expect(sysctlNamespace("fs.mqueue.x")).toBe("ipc");
  expect(sysctlNamespace("vm.swappiness")).toBeUndefined();
});

test("--add-host", () => {
  expect(parseExtraHost("foo:1.2.3.4")).toBe("foo:1.2.3.4");
  expect(parseExtraHost("foo=::1")).toBe("foo:::1");
  expect(parseExtraHost("foo:[::1]")).toBe("foo:::1");
  expect(parseExtraHost("foo:host-gateway")).toBe("foo:host-gateway");
  expect(() => parseExtraHost("foo")).toThrow('bad format for add-host: "foo"');
  expect(() => parseExtraHost(":1.2.3.4")).toThrow('bad format for add-host: ":1.2.3.4"');
  expect(() => parseExtraHost("foo:1.2.3")).toThrow('invalid IP address in add-host: "1.2.3"');
});

test("--link and --dns", () => {
  expect(parseLink("a")).toEqual({ container: "a", alias: "a" });
  expect(parseLink("a:b")).toEqual({ container: "a", alias: "b" });
  expect(() => parseLink("a:b:c")).toThrow("bad format for links: a:b:c");
  expect(checkIpAddress("8.8.8.8")).toBe("8.8.8.8");
  expect(() => checkIpAddress("foo")).toThrow("IP address is not correctly formatted: foo");
});

test("booleans are Go's", () => {
  for (const text of ["1", "t", "T", "true", "TRUE", "True"]) expect(parseBool(text)).toBeTrue();
  for (const text of ["0", "f", "F", "false", "FALSE", "False"]) expect(parseBool(text)).toBeFalse();
  for (const text of ["", "yes", "tRUE", "2", "toString"]) expect(parseBool(text)).toBeUndefined();
});
