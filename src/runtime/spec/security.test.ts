import { expect, test } from "bun:test";
import type { CapabilityName } from "../../linux/capabilities.ts";
import { resolveCapabilities } from "./capabilities.ts";
import { parseDeviceRule } from "./devices.ts";
import { containerOomScore } from "./oom-score.ts";
import { containerRlimits } from "./rlimits.ts";
import { parseSecurityOptions } from "./security-options.ts";

function resolve(add: string[], drop: string[], available?: CapabilityName[]): CapabilityName[] {
  return resolveCapabilities({ privileged: false, add, drop }, available);
}

test("capabilities: names in any form, ALL on either side, errors in Docker's words", () => {
  expect(resolve(["sys_time", "CAP_NET_ADMIN"], ["ALL"])).toEqual(["CAP_SYS_TIME", "CAP_NET_ADMIN"]);
  expect(resolve(["all"], ["kill"])).not.toContain("CAP_KILL");
  expect(resolve(["CHOWN"], []).length).toBe(14);
  expect(() => resolve(["foo"], [])).toThrow('invalid CapAdd: unknown capability: "CAP_FOO"');
  expect(() => resolve([], ["foo"])).toThrow('invalid CapDrop: unknown capability: "CAP_FOO"');
  expect(() => resolve(["SYS_RESOURCE"], [], ["CAP_CHOWN"])).toThrow(
    'invalid CapAdd: capability not supported by your kernel or not available in the current environment: "CAP_SYS_RESOURCE"',
  );
});

test("security options", () => {
  expect(
    parseSecurityOptions(["no-new-privileges", "apparmor=x", "label:disable", "seccomp=unconfined"]),
  ).toMatchObject({
    noNewPrivileges: true,
    appArmorProfile: "x",
    seccompProfile: "unconfined",
  });
  expect(parseSecurityOptions(["no-new-privileges:false"]).noNewPrivileges).toBe(false);
  expect(() => parseSecurityOptions(["foo"])).toThrow('invalid --security-opt 1: "foo"');
  expect(() => parseSecurityOptions(["foo=bar"])).toThrow('invalid --security-opt 2: "foo=bar"');
  expect(() => parseSecurityOptions(["no-new-privileges=x"])).toThrow(
    'invalid --security-opt 2: "no-new-privileges=x"',
  );
});

test("device rules", () => {
  expect(parseDeviceRule("b 8:* r")).toEqual({ allow: true, type: "b", major: 8, access: "r" });
  expect(parseDeviceRule("a *:* rwm")).toEqual({ allow: true, type: "a", access: "rwm" });
  expect(() => parseDeviceRule("x 1:1 r")).toThrow("invalid device cgroup rule format: 'x 1:1 r'");
});

test("what may not be raised is clamped, with a warning", () => {
  const ulimits = [{ Name: "nofile", Soft: -1, Hard: -1 }];
  expect(containerRlimits(ulimits, [], true)).toEqual({
    limits: [{ type: "RLIMIT_NOFILE", soft: 2 ** 64, hard: 2 ** 64 }],
    warnings: [],
  });
  expect(containerRlimits(ulimits, [], false).warnings[0]).toStartWith(
    "ulimit nofile=unlimited:unlimited is above",
  );
  expect(
    containerRlimits([{ Name: "core", Soft: 1, Hard: 1 }], [{ Name: "core", Soft: 0, Hard: 0 }], true).limits,
  ).toEqual([{ type: "RLIMIT_CORE", soft: 1, hard: 1 }]);
  expect(() => containerRlimits([{ Name: "foo" }])).toThrow("invalid ulimit type: foo");
  expect(containerOomScore(-500, true)).toEqual({ score: -500, warnings: [] });
  expect(containerOomScore(-1000, false).warnings.length).toBe(1);
});
