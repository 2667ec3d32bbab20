import type { Background } from "../base/background.ts";
import type { KeyedMutex } from "../base/keyed-mutex.ts";
import type { Log } from "../base/log.ts";
import type { EventLog } from "../events/event-log.ts";
import type { LocalImageService } from "../images/local-image-service.ts";
import type { NetworkService } from "../networks/network-service.ts";
import type { RuntimeService } from "../runtime/runtime-service.ts";
import type { LayerStore } from "../store/layers/layer-store.ts";
import type { VolumeService } from "../volumes/volume-service.ts";
import type { HealthMonitor } from "./health/health-monitor.ts";
import type { HealthRecords } from "./health/health-records.ts";
import type { Leases } from "./lifetime/leases.ts";
import type { LifetimeKeeper } from "./lifetime/lifetime-keeper.ts";
import type { LiveContainers } from "./live.ts";
import type { UserRemap } from "../runtime/user-remap.ts";
import type { ContainerRepository } from "./repository.ts";

/** The engine's settings that containers take as defaults. */
export interface ContainerDefaults {
  dataRoot: string;
  /** Directory of all containers' own directories. */
  directory: string;
  logDriver: string;
  logOptions: Record<string, string>;
  /** `host` on cgroup v1, `private` on v2, as dockerd decides. */
  cgroupnsMode: "host" | "private";
  ipcMode: string;
  shmSizeBytes: number;
  dns: string[];
  dnsSearch: string[];
  dnsOptions: string[];
  ulimits: { Name: string; Soft: number; Hard: number }[];
  init: boolean;
}

/** What every verb of this room works with. */
export interface ContainersContext {
  repository: ContainerRepository;
  live: LiveContainers;
  lifetimes: LifetimeKeeper;
  leases: Leases;
  health: HealthMonitor;
  healthRecords: HealthRecords;
  locks: KeyedMutex;
  background: Background;
  images: LocalImageService;
  layers: LayerStore;
  networks: NetworkService;
  volumes: VolumeService;
  runtime: RuntimeService;
  events: EventLog;
  log: Log;
  defaults: ContainerDefaults;
  /** How containers without `--userns=host` see users; undefined: as the host does. */
  remap: UserRemap | undefined;
  /** Aborted when the engine ends: containers live on, nothing more is recorded. */
  closing: AbortSignal;
}
