import { describe, expect, test } from "bun:test";
import { checkPortBindings, parseContainerPort, parseExpose, parsePublish } from "./port.ts";

/** `IP|HOST→PORT`, comma-joined, to keep the table readable. */
function read(text: string): string {
  return Object.entries(parsePublish([text]).bindings)
    .map(([port, bindings]) => `${bindings?.map((b) => `${b.HostIp}|${b.HostPort}`).join("&")}→${port}`)
    .join(",");
}

const check = (port: string, HostPort = "") => expect(() => checkPortBindings({ [port]: [{ HostPort }] }));

describe("-p", () => {
  // Results and messages of the docker command 28.5.
  test.each([
    ["80", "|→80/tcp"],
    [":80", "|→80/tcp"],
    ["::80", "|→80/tcp"],
    ["8080:80", "|8080→80/tcp"],
    ["0:80", "|0→80/tcp"],
    ["080:80", "|80→80/tcp"],
    ["80/", "|→80/tcp"],
    ["80/TCP", "|→80/tcp"],
    ["80/tcp/x", "|→80/tcp"],
    ["8080:80/udp", "|8080→80/udp"],
    ["80-81:90-91/sctp", "|80→90/sctp,|81→91/sctp"],
    ["80-81", "|→80/tcp,|→81/tcp"],
    ["80-81-82", "|→80/tcp,|→81/tcp"],
    ["8000-8002:80", "|8000-8002→80/tcp"],
    ["127.0.0.1:8080:80", "127.0.0.1|8080→80/tcp"],
    ["127.0.0.1::80", "127.0.0.1|→80/tcp"],
    ["127.0.0.1:8000-8002:80", "127.0.0.1|8000-8002→80/tcp"],
    ["[::1]:80:80", "::1|80→80/tcp"],
    ["[::1]::80", "::1|→80/tcp"],
    ["[]:80:80", "|80→80/tcp"],
    ["[::ffff:1.2.3.4]:80:80", "::ffff:1.2.3.4|80→80/tcp"],
    ["target=80,published=8080,protocol=udp", "|8080→80/udp"],
    ["target=80,foo=1", "|→80/tcp"],
  ])("%s", (text, mappings) => {
    expect(read(text)).toBe(mappings);
  });

  test.each([
    ["", "No port specified: <empty>"],
    ["8080:", "No port specified: 8080:<empty>"],
    ["/tcp", "No port specified: /tcp<empty>"],
    ["published=8080", "No port specified: 8080:/tcp<empty>"],
    ["published=80,x", "invalid publish opts format (should be name=value but got 'x')"],
    ["a:80", "Invalid hostPort: a"],
    ["-1:80", "Invalid hostPort: -1"],
    ["70000:80", "Invalid hostPort: 70000"],
    ["8002-8000:80", "Invalid hostPort: 8002-8000"],
    ["a:b", "Invalid containerPort: b"],
    ["80:70000", "Invalid containerPort: 70000"],
    ["80-70", "Invalid containerPort: 80-70"],
    ["80-", "Invalid containerPort: 80-"],
    ["target=x", "Invalid containerPort: x"],
    ["80/foo", "Invalid proto: foo"],
    ["8000-8001:80-82", "Invalid ranges specified for container and host Ports: 80-82 and 8000-8001"],
    ["host:80:80", "Invalid ip address: host"],
    ["1.2.3:80:80", "Invalid ip address: 1.2.3"],
    ["01.2.3.4:80:80", "Invalid ip address: 01.2.3.4"],
    ["[::1%eth0]:80:80", "Invalid ip address: ::1%eth0"],
    ["::1:80:80", "Invalid ip address ::1: address ::1:: too many colons in address"],
    ["1:2:3:4", "Invalid ip address 1:2: address 1:2:: too many colons in address"],
    ["[::1:80:80", "Invalid ip address [::1: address [::1:: missing ']' in address"],
    ["[::1]x:80:80", "Invalid ip address [::1]x: address [::1]x:: missing port in address"],
    ["a]:80:80", "Invalid ip address a]: address a]:: unexpected ']' in address"],
  ])("%p is refused", (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test("one container port published twice keeps both", () => {
    expect(parsePublish(["80:80", "81:80"])).toEqual({
      bindings: {
        "80/tcp": [
          { HostIp: "", HostPort: "80" },
          { HostIp: "", HostPort: "81" },
        ],
      },
      exposed: ["80/tcp"],
    });
  });
});

describe("--expose", () => {
  test("ports and ranges", () => {
    expect(parseExpose("80")).toEqual(["80/tcp"]);
    expect(parseExpose("80-82/UDP")).toEqual(["80/udp", "81/udp", "82/udp"]);
    expect(parseExpose("80/foo")).toEqual(["80/foo"]);
  });

  test.each([
    ["8080:80", "invalid port format for --expose: 8080:80"],
    ["", "invalid range format for --expose: , error: Empty string specified for ports."],
    ["a", 'invalid range format for --expose: a, error: strconv.ParseUint: parsing "a": invalid syntax'],
    [
      "70000",
      'invalid range format for --expose: 70000, error: strconv.ParseUint: parsing "70000": value out of range',
    ],
    ["80-70", "invalid range format for --expose: 80-70, error: Invalid range specified for the Port: 80-70"],
  ])("%p is refused", (text, message) => {
    expect(() => parseExpose(text)).toThrow(message);
  });
});

describe("the API's ports", () => {
  test("are read", () => {
    expect(parseContainerPort("80")).toEqual({ port: 80, protocol: "tcp" });
    expect(parseContainerPort("80/UDP")).toEqual({ port: 80, protocol: "udp" });
    expect(() => checkPortBindings({ "80/tcp": [{ HostPort: "8000-8002" }], "81": null })).not.toThrow();
  });

  test("are checked with dockerd's words", () => {
    check("a/tcp").toThrow('invalid port specification: "a"');
    check("80-81/tcp").toThrow('invalid port specification: "80-81"');
    check("80", "x").toThrow('invalid port specification: "x"');
    check("80/tcp", "70000").toThrow('invalid port specification: "70000"');
  });
});
