// What older API versions did differently, as far as clients see it. Every function takes the minor number spoken.
import type { CreateBody } from "../containers/container-service.ts";
import type { Filters } from "../images/image-service.ts";
import type { ContainerInspectResponse, ContainerSummary, Mount } from "../spec/api/container.ts";
import type { ImageInspect, ImageSummary } from "../spec/api/image.ts";
import type { EventMessage, SystemInfo } from "../spec/api/system.ts";
import { shaped } from "./response-shape.ts";
import { containerInspect, containerSummary } from "./container-shapes.ts";
import { imageInspect, imageSummary } from "./response-shapes.ts";

type Json = Record<string, unknown>;

/** The event with the three fields that carried it before 1.22 and that scripts still read. */
export function eventBody(event: EventMessage): Json {
  const id = event.Actor?.ID;
  const from = event.Actor?.Attributes?.["image"];
  if (event.Type === "container") return { status: event.Action, id, from, ...event };
  if (event.Type === "image") return { status: event.Action, id, ...event };
  return { ...event };
}

export function infoBody(info: SystemInfo, minor: number): Json {
  const body: Json = { ...info };
  if (minor < 50) Object.assign(body, { BridgeNfIptables: false, BridgeNfIp6tables: false });
  if (minor < 49) delete body["FirewallBackend"];
  if (minor < 46) delete body["Containerd"];
  if (minor < 44) body["DiscoveredDevices"] = undefined;
  if (minor < 42) body["KernelMemory"] = info.MemoryLimit ?? false;
  // Before 1.25 options were bare names.
  if (minor < 25)
    body["SecurityOptions"] = info.SecurityOptions?.map((option) => option.replace(/^name=([^,]*).*$/, "$1"));
  return body;
}

/** `types` limits the answer to what was asked for; none means all. */
export function diskUsageBody(usage: Json, types: readonly string[], minor: number): Json {
  const fields = { Images: "image", Containers: "container", Volumes: "volume", BuildCache: "build-cache" };
  const body: Json = { ...usage };
  for (const [field, type] of Object.entries(fields))
    if (types.length > 0 && !types.includes(type)) body[field] = null;
  if (types.length > 0 && !types.includes("image")) body["LayersSize"] = 0;
  if (minor < 42) body["BuilderSize"] = 0;
  if (minor < 44 && Array.isArray(body["Images"]))
    body["Images"] = body["Images"].map((image: ImageSummary) => ({ ...image, VirtualSize: image.Size }));
  return body;
}

export function summaryBody(summary: ContainerSummary, minor: number): Json {
  const body: ContainerSummary = { ...summary };
  if (minor < 48) delete body.ImageManifestDescriptor;
  if (minor < 46) body.HostConfig = { NetworkMode: summary.HostConfig?.NetworkMode };
  return shaped(body, containerSummary);
}

export function containerBody(container: ContainerInspectResponse, minor: number): Json {
  const body: ContainerInspectResponse = { ...container };
  if (minor < 48) delete body.ImageManifestDescriptor;
  if (minor < 45) body.NetworkSettings = withIdAliases(container);
  return shaped(body, containerInspect);
}

/** Before 1.45 a container's short id and host name were among its aliases on networks that users made. */
function withIdAliases({ Id = "", Config, NetworkSettings }: ContainerInspectResponse) {
  const own = [Id.slice(0, 12), Config?.Hostname ?? ""].filter((name) => name !== "");
  const networks = Object.entries(NetworkSettings?.Networks ?? {}).map(([name, endpoint]) => {
    if (["bridge", "host", "none", "default"].includes(name)) return [name, endpoint] as const;
    return [name, { ...endpoint, Aliases: [...new Set([...(endpoint.Aliases ?? []), ...own])] }] as const;
  });
  return { ...NetworkSettings, Networks: Object.fromEntries(networks) };
}

export function imageSummaryBody(image: ImageSummary, minor: number): Json {
  const body: ImageSummary = { ...image };
  if (minor < 43 && (image.RepoTags ?? []).length === 0 && (image.RepoDigests ?? []).length === 0)
    Object.assign(body, { RepoTags: ["<none>:<none>"], RepoDigests: ["<none>@<none>"] });
  if (minor < 44) body.VirtualSize = image.Size;
  if (minor < 47) delete body.Manifests;
  if (minor < 48) delete body.Descriptor;
  if (minor < 51) body.Containers = -1;
  return shaped(body, imageSummary);
}

/** An image has no host name and no terminal; its configuration said so until 1.50. */
const containerOnlyFields = {
  AttachStderr: false,
  AttachStdin: false,
  AttachStdout: false,
  Domainname: "",
  Hostname: "",
  Image: "",
  OpenStdin: false,
  StdinOnce: false,
  Tty: false,
};

const emptyContainerConfig = {
  ...containerOnlyFields,
  User: "",
  Env: null,
  Cmd: null,
  Volumes: null,
  WorkingDir: "",
  Entrypoint: null,
  OnBuild: null,
  Labels: null,
};

export function imageBody(image: ImageInspect, minor: number): Json {
  const body: Json = { ...image };
  if (minor < 44) body["VirtualSize"] = image.Size;
  if (minor < 45) body["ContainerConfig"] = emptyContainerConfig;
  if (minor < 48) delete body["Descriptor"];
  if (minor < 48) delete body["Manifests"];
  if (minor < 50) body["Config"] = { ...containerOnlyFields, ...image.Config };
  return shaped(body, imageInspect);
}

/** Before 1.42 pruning took named volumes too. */
export function pruneVolumeFilters(filters: Filters, minor: number): Filters {
  return minor < 42 && filters["all"] === undefined ? { ...filters, all: ["true"] } : filters;
}

/** What an older client could not have meant, taken out; what has since moved, moved. */
export function createRequestBody(
  given: CreateBody,
  minor: number,
): { body: CreateBody; warnings: string[] } {
  const body = structuredClone(given);
  const host = (body.HostConfig ??= {});
  if (minor < 40) {
    delete host.KernelMemoryTCP;
    // The default became private with 1.40.
    host.IpcMode ||= "shareable";
  }
  if (minor < 42) delete host.ConsoleSize;
  else delete host.KernelMemory;
  if (minor < 43) delete host.Annotations;
  if (minor < 44) delete body.Healthcheck?.StartInterval;
  for (const mount of host.Mounts ?? []) shimMount(mount, minor);
  return { body, warnings: moveMacAddress(body, minor) };
}

function shimMount(mount: Mount, minor: number): void {
  if (minor < 40) delete mount.BindOptions?.NonRecursive;
  if (minor < 42) {
    delete mount.BindOptions?.CreateMountpoint;
    // Mismatched options were passed over then; now they are an error.
    if (mount.Type !== "volume") delete mount.VolumeOptions;
    if (mount.Type !== "tmpfs") delete mount.TmpfsOptions;
    if (mount.Type !== "bind") delete mount.BindOptions;
  }
  if (minor < 44) {
    delete mount.BindOptions?.ReadOnlyForceRecursive;
    // Read-only did not reach the mounts below before 1.44.
    if (mount.Type === "bind" && mount.ReadOnly === true)
      mount.BindOptions = { ...mount.BindOptions, ReadOnlyNonRecursive: true };
    else delete mount.BindOptions?.ReadOnlyNonRecursive;
  }
  if (minor < 45) delete mount.VolumeOptions?.Subpath;
}

/** The container's one MAC address became its first network's with 1.44. */
function moveMacAddress(body: CreateBody, minor: number): string[] {
  const address = body.MacAddress ?? "";
  const mode = body.HostConfig?.NetworkMode || "default";
  if (address === "" || /^(host|none|container:.*)$/.test(mode)) return [];
  const endpoints = ((body.NetworkingConfig ??= {}).EndpointsConfig ??= {});
  const name = mode === "default" && endpoints["default"] === undefined ? "bridge" : mode;
  const endpoint = (endpoints[name] ??= {});
  endpoint.MacAddress ||= address;
  if (minor < 44) return [];
  return [
    "The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.",
  ];
}
