import { EngineError } from "../../base/errors.ts";
import { boundingCapabilities, type CapabilityName, capabilityNames } from "../../linux/capabilities.ts";
import type { CapabilitySets } from "../../spec/oci-runtime.ts";

/** What Docker gives a container that asks for nothing, in its order. */
export const defaultCapabilities: readonly CapabilityName[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FSETID",
  "CAP_FOWNER",
  "CAP_MKNOD",
  "CAP_NET_RAW",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETFCAP",
  "CAP_SETPCAP",
  "CAP_NET_BIND_SERVICE",
  "CAP_SYS_CHROOT",
  "CAP_KILL",
  "CAP_AUDIT_WRITE",
];

export interface CapabilityRequest {
  privileged: boolean;
  add: string[];
  drop: string[];
}

/** The capabilities a container gets. Throws `invalid` for names that do not exist or that this engine lacks. */
export function resolveCapabilities(
  request: CapabilityRequest,
  available: readonly CapabilityName[] = boundingCapabilities(),
): CapabilityName[] {
  const add = normalise(request.add, "CapAdd", available);
  const drop = normalise(request.drop, "CapDrop", available);
  if (request.privileged) return [...available];
  if (add.includes("ALL")) return available.filter((name) => !drop.includes(name));
  const added = add.filter((name): name is CapabilityName => name !== "ALL");
  const base = drop.includes("ALL") ? [] : defaultCapabilities.filter((name) => !drop.includes(name));
  // The engine itself may run without one of the defaults: give what there is.
  return [...new Set([...base, ...added])].filter((name) => available.includes(name));
}

/** Bounding, permitted and effective alike; inheritable and ambient stay empty (CVE-2022-24769). */
export function capabilitySets(names: string[]): CapabilitySets {
  return { bounding: names, effective: names, permitted: names };
}

function normalise(names: string[], field: string, available: readonly string[]): (CapabilityName | "ALL")[] {
  return names.map((given) => {
    const upper = given.toUpperCase();
    if (upper === "ALL") return "ALL";
    const name = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
    if (!isCapability(name)) {
      throw new EngineError("invalid", `invalid ${field}: unknown capability: ${JSON.stringify(name)}`);
    }
    if (!available.includes(name)) {
      throw new EngineError(
        "invalid",
        `invalid ${field}: capability not supported by your kernel or not available in the current environment: ${JSON.stringify(name)}`,
      );
    }
    return name;
  });
}

function isCapability(name: string): name is CapabilityName {
  return (capabilityNames as readonly string[]).includes(name);
}
