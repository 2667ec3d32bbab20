import type { EventMessage, SystemInfo, SystemVersion } from "../spec/api/system.ts";
import type { Filters } from "../images/image-service.ts";

/** What a client asks of the engine as a whole. */
export interface SystemService {
  version(): SystemVersion;
  info(): Promise<SystemInfo>;
  /** GET /system/df body. */
  diskUsage(): Promise<Record<string, unknown>>;
  /** Replays from `since`, then follows until `until` or the signal. Times are seconds with fraction. */
  events(options: {
    since?: number;
    until?: number;
    filters: Filters;
    signal: AbortSignal;
  }): AsyncIterable<EventMessage>;
}

/** Everything the API serves, handed to it by the composition root. */
export interface Services {
  system: SystemService;
  containers: import("../containers/container-service.ts").ContainerService;
  images: import("../images/image-service.ts").ImageService;
  volumes: import("../volumes/volume-service.ts").VolumeService;
  networks: import("../networks/network-service.ts").NetworkService;
  builds: import("../build/build-service.ts").BuildService;
  buildInputs: BuildInputs;
}

/** What builds are sent beforehand and leave to be fetched. */
export interface BuildInputs {
  contexts: import("../build/context/context-store.ts").ContextStore;
  sessions: import("../build/session/session-store.ts").SessionStore;
  outputs: import("../build/output/output-shelf.ts").OutputShelf;
}
