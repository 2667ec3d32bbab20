import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { capabilityNames } from "../../linux/capabilities.ts";
import type { SeccompSpec } from "../../spec/oci-runtime.ts";
import { defaultCapabilities } from "../spec/capabilities.ts";
import { defaultGroups } from "./default-profile.ts";
import { customSeccomp, defaultSeccomp } from "./profile.ts";

/** What dockerd 28.5 put into the bundle of a container, one line a rule and system call. */
function golden(name: string): string[] {
  return readFileSync(join(import.meta.dirname, "testdata", `${name}.txt`), "utf8")
    .trim()
    .split("\n");
}

function flat({ syscalls }: SeccompSpec): string[] {
  const lines = syscalls.flatMap(({ names, action, errnoRet, args }) =>
    names.map(
      (name) =>
        `${name} ${action}${errnoRet === undefined ? "" : ` ${errnoRet}`} ${JSON.stringify(args ?? [])}`,
    ),
  );
  return [...new Set(lines)].sort();
}

test.each([
  ["default", [...defaultCapabilities]],
  ["sys-admin", [...defaultCapabilities, "CAP_SYS_ADMIN"]],
  // The virtual machine it was taken on has no CAP_SYS_RESOURCE.
  [
    "all-but-net-raw",
    capabilityNames.filter((name) => name !== "CAP_NET_RAW" && name !== "CAP_SYS_RESOURCE"),
  ],
])("allows and denies what dockerd does: %s", (name, capabilities) => {
  expect(flat(defaultSeccomp(capabilities, "x64"))).toEqual(golden(name));
});

test("every group has its reason, and 64-bit ARM its own calls", () => {
  for (const { reason } of defaultGroups) expect(reason).not.toBe("");
  const arm = defaultSeccomp(defaultCapabilities, "arm64");
  expect(arm.architectures).toEqual(["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]);
  const names = arm.syscalls.flatMap((rule) => rule.names);
  expect(names).toContain("set_tls");
  expect(names).not.toContain("arch_prctl");
});

test("resolves the conditions of a user's profile", () => {
  const profile = {
    defaultAction: "SCMP_ACT_ERRNO",
    archMap: [
      { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] },
      { architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
    ],
    syscalls: [
      { names: ["read"], action: "SCMP_ACT_ALLOW" },
      { name: "write", action: "SCMP_ACT_ALLOW", args: null },
      { names: ["mount"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_SYS_ADMIN"] } },
      { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38, excludes: { caps: ["CAP_SYS_ADMIN"] } },
      { names: ["future"], action: "SCMP_ACT_ALLOW", includes: { minKernel: "999.0" } },
      { names: ["past"], action: "SCMP_ACT_ALLOW", includes: { minKernel: "3.10" } },
      { names: ["swapcontext"], action: "SCMP_ACT_ALLOW", includes: { arches: ["ppc64le"] } },
    ],
  };
  const names = (capabilities: string[]) =>
    customSeccomp(JSON.stringify(profile), capabilities)?.syscalls.flatMap((rule) => rule.names);
  expect(names([])).toEqual(["read", "write", "clone3", "past"]);
  expect(names(["CAP_SYS_ADMIN"])).toEqual(["read", "write", "mount", "past"]);
});

test("refuses what dockerd refuses", () => {
  const both = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ name: "a", names: ["b"], action: "SCMP_ACT_ERRNO" }],
  };
  expect(() => customSeccomp(JSON.stringify(both), [])).toThrow(
    "both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'",
  );
  const archs = { defaultAction: "SCMP_ACT_ALLOW", architectures: ["X"], archMap: [{ architecture: "X" }] };
  expect(() => customSeccomp(JSON.stringify(archs), [])).toThrow(
    "both 'architectures' and 'archMap' are specified in the seccomp profile, use either 'architectures' or 'archMap'",
  );
  expect(() => customSeccomp("not json", [])).toThrow("Decoding seccomp profile failed");
  expect(customSeccomp("{}", [])).toBeUndefined();
});
