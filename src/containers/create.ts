import { mkdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { Cleanup } from "../base/cleanup.ts";
import { EngineError } from "../base/errors.ts";
import { faultPoint } from "../base/fault.ts";
import { newId, shortId } from "../base/ids.ts";
import type { Image } from "../images/image-service.ts";
import type { ContainerConfig, ContainerCreateResponse, HostConfig } from "../spec/api/container.ts";
import { parseContainerName } from "../spec/container-name.ts";
import { checkLogConfig } from "../spec/log-opt.ts";
import { addInitFiles } from "../store/layers/init-files.ts";
import type { Container } from "./container.ts";
import type { CreateRequest } from "./container-service.ts";
import type { ContainersContext } from "./context.ts";
import { withHostDefaults } from "./host-config-defaults.ts";
import { holdImages, imageMountWarning } from "./image-mounts.ts";
import { planLinks } from "./links/link.ts";
import { makeWorkingDirectory } from "./make-working-directory.ts";
import { mergeImageConfig } from "./merge-image-config.ts";
import { expireContainer } from "./lifetime/expire.ts";
import { leaseLabel, lifetimeOf } from "./lifetime/lifetime.ts";
import { withUnhealthyPolicy } from "./lifetime/unhealthy-policy.ts";
import { withNamespaceOwners } from "./namespaces.ts";
import { freeName } from "./naming.ts";
import { emptyNetworkSettings, sandboxRequest } from "./network-settings.ts";
import { nameConflict } from "./repository.ts";
import { pathsOf } from "./paths.ts";
import { platformWarnings } from "./platform-warnings.ts";
import { planContainerMounts, volumesOf } from "./plan-mounts.ts";
import { checkRemap } from "./remap.ts";
import { publishEvent } from "./publish-event.ts";
import { initialState } from "./state.ts";
import { validateConfig } from "./validate-config.ts";
import { validateHostConfig } from "./validate-host-config.ts";

/** Validates, resolves the image, takes what the container needs and records it: whole, or nothing stays. */
export async function createContainer(
  context: ContainersContext,
  request: CreateRequest,
): Promise<ContainerCreateResponse> {
  const { HostConfig: givenHost = {}, NetworkingConfig: networking, ...givenConfig } = request.body;
  const { config, host: askedHost } = withUnhealthyPolicy(givenConfig, givenHost);
  validateConfig(config);
  const warnings = validateHostConfig(askedHost, config);
  checkRemap(context, askedHost);
  const { hostConfig: host, warnings: discarded } = context.runtime.validate(config, askedHost);
  warnings.push(...discarded);
  if (!config.Image) throw new EngineError("invalid", "no image was given: the field Image is empty");
  const image = context.images.use(config.Image);
  using _held = context.images.hold(image.id);
  warnings.push(...platformWarnings(image, config.Image, request.platform));
  const name = request.name === undefined ? freeName(context.repository) : parseContainerName(request.name);
  const container = assemble(context, name, image, {
    config,
    host: withNamespaceOwners(context.repository, host),
    endpoints: withNetworkNames(networking?.EndpointsConfig ?? {}),
  });
  if ((host.Mounts ?? []).some(({ Type }) => Type === "image")) warnings.push(imageMountWarning);
  context.networks.validate(sandboxRequest(container));
  const lease = container.lifetime?.lease;
  if (lease !== undefined) context.leases.assertHeld(lease);
  await take(context, container, image);
  publishEvent(context, container, "create");
  context.lifetimes.keep(container);
  if (lease !== undefined) await goneWithLease(context, container, lease);
  return { Id: container.id, Warnings: warnings };
}

/** The lease may have ended while the container was made: then nobody else would remove it. */
async function goneWithLease(context: ContainersContext, { id }: Container, lease: string): Promise<void> {
  if (context.leases.isHeld(lease)) return;
  await expireContainer(context, id, "lease");
  context.leases.assertHeld(lease);
}

/** Clients that were not told a network call it `default`. */
function withNetworkNames({ default: onDefault, ...others }: Container["endpoints"]): Container["endpoints"] {
  return onDefault === undefined ? others : { ...others, bridge: onDefault };
}

function assemble(
  context: ContainersContext,
  name: string,
  image: Image,
  asked: { config: ContainerConfig; host: HostConfig; endpoints: Container["endpoints"] },
): Container {
  const id = newId();
  const hostConfig = withHostDefaults(asked.host, context.defaults, context.runtime.defaultRuntime);
  checkLogConfig(hostConfig.LogConfig?.Type ?? "", hostConfig.LogConfig?.Config ?? {});
  const config = mergeImageConfig(asked.config, image.config.config);
  const args = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (args.length === 0) throw new EngineError("invalid", "no command specified");
  return {
    id,
    name,
    createdAt: new Date().toISOString(),
    imageId: image.id,
    args,
    links: planLinks(context.repository, hostConfig),
    config: { ...config, Hostname: ownHostname(config.Hostname, hostConfig, id) },
    hostConfig,
    endpoints: asked.endpoints,
    mountPlan: planContainerMounts(context, config, hostConfig),
    volumePaths: {},
    platform: image.config.os,
    graphDriver: { Name: "overlay2", Data: { ID: id } },
    state: initialState,
    network: emptyNetworkSettings(hostConfig, asked.endpoints),
    restartCount: 0,
    lifetime: lifetimeOf(asked.config.Labels),
  };
}

/** Sharing a network namespace shares its host name; another container's is looked up when it starts. */
function ownHostname(wanted: string | undefined, host: HostConfig, id: string): string {
  if (wanted) return wanted;
  if (host.NetworkMode === "host") return hostname();
  return host.NetworkMode?.startsWith("container:") ? "" : shortId(id);
}

async function take(context: ContainersContext, container: Container, image: Image): Promise<void> {
  const { id, name } = container;
  const holder = context.repository.byName(name);
  if (holder !== undefined) throw nameConflict(name, holder.id);
  const paths = pathsOf(context, id);
  await using cleanup = new Cleanup((what, error) => context.log.error(`undo create: ${what}`, error));
  mkdirSync(paths.directory, { recursive: true, mode: 0o710 });
  cleanup.add("directory", () => rmSync(paths.directory, { recursive: true, force: true }));
  faultPoint("create:directory");
  const parts = await context.layers.createWritable(id, image.chainId);
  addInitFiles(parts.upper, parts.lower);
  cleanup.add("writable layer", () => context.layers.removeWritable(id));
  makeWorkingDirectory(context, container);
  faultPoint("create:layer");
  await holdImages(context, container, cleanup);
  cleanup.add("volumes", () => context.volumes.releaseAll(id, true));
  const volumePaths = await acquireVolumes(context, container);
  faultPoint("create:volumes");
  const layerPaths = {
    ID: id,
    LowerDir: parts.lower.join(":"),
    MergedDir: paths.rootfs,
    UpperDir: parts.upper,
    WorkDir: parts.work,
  };
  // Recorded last: a crash before this leaves only what the next start gives back, a crash after it a whole container.
  context.repository.insert({
    ...container,
    volumePaths,
    graphDriver: { Name: "overlay2", Data: layerPaths },
  });
  cleanup.keep();
  faultPoint("create:done");
}

/** Holds every volume of the plan, made where it is new, and answers their data directories. */
async function acquireVolumes(
  context: ContainersContext,
  container: Container,
): Promise<Container["volumePaths"]> {
  const paths: Container["volumePaths"] = {};
  for (const { name, anonymous, driver, driverOptions, labels } of volumesOf(container)) {
    const options = { anonymous, driver, driverOptions, labels: { ...labels, ...leaseLabel(container) } };
    paths[name] = (await context.volumes.acquire(name, container.id, options)).Mountpoint ?? "";
  }
  return paths;
}
