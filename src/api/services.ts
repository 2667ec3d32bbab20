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

/** A lease that its client holds. */
export interface OpenLease {
  id: string;
  /** `name=value`, for what is made elsewhere than at its socket. */
  label: string;
  /** Path of a socket at which everything that is made carries the label. */
  socket: string;
  /** The client is gone: removes what was made under it. */
  release(): Promise<void>;
}

/** Ours: what a client made goes when the client does. */
export interface LeaseService {
  /** Under an id of the client's own, or one made up. */
  open(id: string | undefined): Promise<OpenLease>;
  /** Resolves when all of it is gone. */
  end(id: string): Promise<void>;
}

/** Everything the API serves, handed to it by the composition root. */
export interface Services {
  system: SystemService;
  containers: import("../containers/container-service.ts").ContainerService;
  images: import("../images/image-service.ts").ImageService;
  volumes: import("../volumes/volume-service.ts").VolumeService;
  networks: import("../networks/network-service.ts").NetworkService;
  leases: LeaseService;
  builds: import("../build/build-service.ts").BuildService;
  buildInputs: BuildInputs;
}

/** What builds are sent beforehand and leave to be fetched. */
export interface BuildInputs {
  contexts: import("../build/context/context-store.ts").ContextStore;
  sessions: import("../build/session/session-store.ts").SessionStore;
  outputs: import("../build/output/output-shelf.ts").OutputShelf;
}
