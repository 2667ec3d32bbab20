import { describe, expect, test } from "bun:test";
import { parseSecurityFlags, parseSecurityOptions } from "./security-opt.ts";

const files = (path: string) => {
  if (path === "/profile") return '{\n  "a": 1\n}\n';
  if (path === "/broken") return "{";
  throw new Error(`open ${path}: no such file or directory`);
};

describe("--security-opt", () => {
  test("becomes a request", () => {
    expect(parseSecurityFlags(["no-new-privileges", "label:user:a", "seccomp=unconfined"], files)).toEqual({
      securityOpt: ["no-new-privileges", "label:user:a", "seccomp=unconfined"],
    });
    expect(parseSecurityFlags(["systempaths=unconfined", "seccomp=/profile"], files)).toEqual({
      securityOpt: ['seccomp={"a":1}'],
      maskedPaths: [],
      readonlyPaths: [],
    });
  });

  test.each([
    ["foo", 'Invalid --security-opt: "foo"'],
    ["seccomp", 'Invalid --security-opt: "seccomp"'],
    ["apparmor=", 'Invalid --security-opt: "apparmor="'],
    ["seccomp=/no", "opening seccomp profile (/no) failed: open /no: no such file or directory"],
    ["seccomp=/broken", "compacting json for seccomp profile (/broken) failed: "],
  ])("%s is refused", (text, message) => {
    expect(() => parseSecurityFlags([text], files)).toThrow(message);
  });

  test("is read by the engine", () => {
    expect(
      parseSecurityOptions(["no-new-privileges", "apparmor=unconfined", "seccomp:builtin", "label=disable"]),
    ).toEqual({ labels: ["disable"], noNewPrivileges: true, apparmor: "unconfined", seccomp: "builtin" });
    expect(parseSecurityOptions(["no-new-privileges:false"]).noNewPrivileges).toBeFalse();
    expect(() => parseSecurityOptions(["foo"])).toThrow('invalid --security-opt 1: "foo"');
    for (const text of ["foo=bar", "no-new-privileges=x", "systempaths=foo"]) {
      expect(() => parseSecurityOptions([text])).toThrow(`invalid --security-opt 2: "${text}"`);
    }
  });
});
