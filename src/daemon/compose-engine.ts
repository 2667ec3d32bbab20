import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createApiServer } from "../api/api-server.ts";
import type { Services } from "../api/services.ts";
import { Background } from "../base/background.ts";
import type { Log } from "../base/log.ts";
import { createBuildRoom } from "../build/create-build-room.ts";
import { ContextStore } from "../build/context/context-store.ts";
import { OutputShelf } from "../build/output/output-shelf.ts";
import { SessionStore } from "../build/session/session-store.ts";
import type { ContainerDefaults } from "../containers/context.ts";
import { createContainersRoom } from "../containers/create-containers-room.ts";
import { imagesOf } from "../containers/image-mounts.ts";
import { isRunning } from "../containers/state.ts";
import { EventLog } from "../events/event-log.ts";
import { createImageService } from "../images/local-image-service.ts";
import { PolicySource } from "../images/policy/policy-source.ts";
import { cgroupLayout } from "../linux/cgroup.ts";
import { createNetworkService } from "../networks/network-service.ts";
import { createRuntimeService } from "../runtime/create-runtime-service.ts";
import { createPartialBlobs } from "../store/blobs/partial-blobs.ts";
import { createBlobStore } from "../store/blobs/blob-store.ts";
import { Database } from "../store/db/database.ts";
import { createLayerStore } from "../store/layers/overlay-layer-store.ts";
import { createVolumeService } from "../volumes/engine-volumes.ts";
import type { EngineConfig } from "./config.ts";
import { engineId } from "./engine-id.ts";
import { createLeaseService } from "./lease-service.ts";
import { listenUnix } from "./listen.ts";
import { budgetedCaches } from "./budgeted-caches.ts";
import { mapStorage } from "./mapped-storage.ts";
import { ProgramVersion } from "./program-version.ts";
import { lazyRegistryClient } from "./registry-client.ts";
import { createSystem } from "./system.ts";

/** A running engine: what the API serves, and how it ends. */
export interface Engine {
  services: Services;
  /** Starts what restart policies want. Once the API answers. */
  startContainers(): void;
  /** From now on clients go because the engine does: what they hold is not given back. */
  leave(): void;
  /** Ends the engine; containers live on. */
  close(): Promise<void>;
}

/** The composition root: every room is made here, from the configuration alone, and handed those it works with. */
export async function startEngine(config: EngineConfig, log: Log): Promise<Engine> {
  const { dataRoot, execRoot, instance } = config;
  const policy = new PolicySource(() => config.imagePolicy);
  // What is wrong with it is better known now than when it matters.
  policy.current();
  mkdirSync(dataRoot, { recursive: true, mode: 0o711 });
  mkdirSync(execRoot, { recursive: true, mode: 0o711 });
  const db = new Database(join(dataRoot, "gantry.db"));
  const closing = new AbortController();
  const background = new Background((what, error) => log.error(what, error));
  const events = new EventLog();
  const layers = createLayerStore({ db, root: join(dataRoot, "layers") });
  const blobs = createBlobStore(join(dataRoot, "blobs"));
  const conmon = new ProgramVersion("conmon");
  const runtime = createRuntimeService({
    execRoot,
    log,
    runtimes: runtimePaths(config),
    defaultRuntime: config.defaultRuntime || undefined,
    cgroupParent: config.cgroupParent || undefined,
    initPath: config.initPath || undefined,
  });
  const networks = createNetworkService({
    db,
    events,
    log,
    execRoot,
    instance,
    existingBridge: config.bridge || undefined,
    fixedCidr: config.fixedCidr || undefined,
    icc: config.icc,
    ipMasq: config.ipMasq,
    ipForward: config.ipForward,
    bridgeAddress: config.bip || undefined,
    mtu: config.mtu,
    defaultBindAddress: config.ip || undefined,
    hostGateway: config.hostGatewayIps[0],
    dns: config.dns,
    dnsSearch: config.dnsSearch,
    dnsOptions: config.dnsOptions,
  });
  const volumes = createVolumeService({ db, events, log, root: join(dataRoot, "volumes") });
  const partials = createPartialBlobs(join(dataRoot, "partial"));
  const registry = lazyRegistryClient(config, log);
  const images = createImageService({
    db,
    blobs,
    layers,
    events,
    remote: {
      registry,
      partials,
      atOnce: () => ({ downloads: config.maxConcurrentDownloads, uploads: config.maxConcurrentUploads }),
    },
    policy,
    users: () => imageUsers(),
    budget: {
      maxBytes: () => config.storageMaxBytes,
      caches: budgetedCaches(() => builds),
      background,
      log,
    },
  });
  const mapped = await mapStorage(config);
  const containers = createContainersRoom({
    remap: mapped?.remap,
    db,
    background,
    images,
    layers,
    networks,
    volumes,
    runtime,
    events,
    log,
    closing: closing.signal,
    defaults: containerDefaults(config),
  });
  const imageUsers = () =>
    containers.repository.all().flatMap((container) =>
      imagesOf(container).map((imageId) => ({
        containerId: container.id,
        imageId,
        running: isRunning(container.state),
      })),
    );

  const reserving = setInterval(() => db.restoreReserve(), 60_000).unref();
  const contexts = new ContextStore(join(dataRoot, "build", "contents"));
  const outputs = new OutputShelf((error) => log.error("cannot give back a build's output", error));
  const builds = createBuildRoom({
    db,
    contexts,
    layers,
    images,
    networks,
    runtime,
    remap: mapped?.remap,
    log,
    shelf: outputs,
    dataRoot,
    execRoot,
  });

  const close = async () => {
    closing.abort();
    clearInterval(reserving);
    await containers.close();
    await networks.close();
    await runtime.close();
    mapped?.[Symbol.dispose]();
    db[Symbol.dispose]();
  };
  try {
    await layers.reconcile();
    await containers.reconcile();
    await images.reconcile();
    await builds.reconcile();
  } catch (error) {
    await close();
    throw error;
  }
  const services: Services = {
    containers: containers.service,
    leases: createLeaseService({
      leases: containers.leases,
      directory: join(execRoot, "leases"),
      services: () => services,
      listen: (path, leased) => listenUnix(path, config, () => createApiServer(leased, { log }), log),
    }),
    images,
    volumes,
    networks,
    builds,
    buildInputs: {
      contexts,
      sessions: new SessionStore(),
      outputs,
    },
    system: createSystem({
      config,
      id: engineId(dataRoot),
      runtime,
      get conmonVersion() {
        return conmon.text;
      },
      events,
      images,
      volumes,
      builds,
      containers: containers.service,
    }),
  };
  return {
    services,
    leave: () => containers.leases.leave(),
    startContainers: () => containers.startWithEngine(),
    close,
  };
}

function containerDefaults(config: EngineConfig): ContainerDefaults {
  return {
    dataRoot: config.dataRoot,
    directory: join(config.dataRoot, "containers"),
    logDriver: config.logDriver,
    logOptions: config.logOpts,
    cgroupnsMode: cgroupnsMode(config),
    ipcMode: config.defaultIpcMode,
    shmSizeBytes: config.defaultShmSizeBytes,
    dns: config.dns,
    dnsSearch: config.dnsSearch,
    dnsOptions: config.dnsOptions,
    ulimits: Object.values(config.defaultUlimits),
    init: config.init,
  };
}

/** dockerd's default: what the host has on cgroup v1, a namespace of the container's own on v2. */
function cgroupnsMode({ defaultCgroupnsMode }: EngineConfig): "private" | "host" {
  if (defaultCgroupnsMode !== "") return defaultCgroupnsMode === "private" ? "private" : "host";
  return cgroupLayout().version === 2 ? "private" : "host";
}

function runtimePaths({ runtimes }: EngineConfig): Record<string, { path: string; args?: string[] }> {
  return Object.fromEntries(
    Object.entries(runtimes).map(([name, { path, runtimeArgs }]) => [name, { path, args: runtimeArgs }]),
  );
}
