import type { ContainerConfig, DriverData, HostConfig, NetworkSettings } from "../spec/api/container.ts";
import type { EndpointSettings } from "../spec/api/network.ts";
import type { Digest } from "../spec/digest.ts";
import type { MountPlan } from "../volumes/mount-plan.ts";
import type { Lifetime } from "./lifetime/lifetime.ts";
import type { Link } from "./links/link.ts";
import type { ContainerState } from "./state.ts";

/** Docker's way to write "never". */
export const neverTime = "0001-01-01T00:00:00Z";

/** What is known of one container for as long as it exists; stored as one JSON document. */
export interface Container {
  id: string;
  /** Without Docker's leading slash. */
  name: string;
  createdAt: string;
  imageId: Digest;
  /** Entrypoint and command joined: never empty. */
  args: string[];
  /** Image defaults merged in. */
  config: ContainerConfig;
  hostConfig: HostConfig;
  /** Wanted endpoint settings by network name. */
  endpoints: Record<string, EndpointSettings>;
  mountPlan: MountPlan;
  /** Data directories by volume name. */
  volumePaths: Record<string, string>;
  platform: string;
  graphDriver: DriverData;
  state: ContainerState;
  network: NetworkSettings;
  restartCount: number;
  /** How long the last restart was put off, in milliseconds. */
  restartDelayMs?: number;
  /** Containers that it knows by other names. */
  links?: Link[];
  /** What its labels asked for at its creation. */
  lifetime?: Lifetime;
}
