import { createHash } from "node:crypto";

/** What this engine calls its things in the kernel, so that engines side by side never touch each other's. */
export interface InstanceNames {
  bridge: string;
  /** The nftables table, and the tag of rules in other tables. */
  table: string;
  /** Names of veth ends start with it. Interface names have at most 15 characters. */
  linkPrefix: string;
}

/** Names of the default engine (`""` or `default`), or of another one by its `instance`. */
export function instanceNames(instance: string): InstanceNames {
  const hash = createHash("sha256").update(instance).digest("hex");
  const isDefault = instance === "" || instance === "default";
  return {
    bridge: isDefault ? "gantry0" : `gty${hash.slice(0, 8)}`,
    table: isDefault ? "gantry" : `gantry_${hash.slice(0, 8)}`,
    linkPrefix: isDefault ? "gv0000" : `gv${hash.slice(0, 4)}`,
  };
}

/** The host's end of an endpoint's pair. */
export function linkName(names: InstanceNames, endpointId: string): string {
  return names.linkPrefix + endpointId.slice(0, 8);
}
