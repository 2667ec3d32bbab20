import { EngineError } from "../base/errors.ts";
import type { Filters } from "../images/image-service.ts";
import type { ContainerSummary, Port, PortMap } from "../spec/api/container.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { containerFilter } from "./list-filters.ts";
import { namesByLinks } from "./links/link.ts";
import { mountPoints } from "./plan-mounts.ts";
import { isRunning } from "./state.ts";
import { statusText } from "./status.ts";

export interface ListOptions {
  all: boolean;
  limit?: number;
  size?: boolean;
  filters: Filters;
}

/** `ps`: newest first. A filter on status or exit code, and a limit, look at stopped containers too. */
export function listContainers(context: ContainersContext, options: ListOptions): ContainerSummary[] {
  const { filters, limit = 0 } = options;
  const matches = containerFilter(context, filters);
  const all = options.all || limit > 0 || "status" in filters || "exited" in filters;
  const found = context.repository
    .all()
    .filter(
      (container) =>
        (all || isRunning(container.state) || container.state.status === "restarting") && matches(container),
    );
  const nowMs = Date.now();
  const imageName = imageNames(context);
  const otherNames = namesByLinks(context.repository.all());
  return (limit > 0 ? found.slice(0, limit) : found).map((container) =>
    summarize(context, container, {
      image: imageName(container),
      nowMs,
      otherNames: otherNames.get(container.id) ?? [],
    }),
  );
}

function summarize(
  context: ContainersContext,
  container: Container,
  { image, nowMs, otherNames }: { image: string; nowMs: number; otherNames: readonly string[] },
): ContainerSummary {
  const { config, network, hostConfig } = container;
  return {
    Id: container.id,
    Names: [`/${container.name}`, ...otherNames],
    Image: image,
    ImageID: container.imageId,
    Command: commandText(container.args),
    Created: Math.floor(Date.parse(container.createdAt) / 1000),
    Ports: portList(network.Ports ?? {}),
    Labels: config.Labels ?? {},
    State: container.state.status,
    Status: statusText(container, nowMs, context.healthRecords.of(container.id)),
    HostConfig: { NetworkMode: hostConfig.NetworkMode },
    NetworkSettings: { Networks: network.Networks ?? {} },
    Mounts: mountPoints(context, container),
    ...(container.state.reason && !isRunning(container.state) && { Reason: container.state.reason }),
  };
}

/**
 * The name given at create while it still names that image; else the id, as Docker shows it. Each name is looked up once
 * for a whole list.
 */
function imageNames({ images }: ContainersContext): (container: Container) => string {
  const ids = new Map<string, string | undefined>();
  return ({ config: { Image: name = "" }, imageId }) => {
    if (!ids.has(name)) ids.set(name, idOf(images, name));
    return ids.get(name) === imageId ? name : imageId;
  };
}

function idOf(images: ContainersContext["images"], name: string): string | undefined {
  try {
    return images.get(name).id;
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

function commandText(args: string[]): string {
  return args.map((arg) => (/\s/.test(arg) ? `'${arg}'` : arg)).join(" ");
}

function portList(ports: PortMap): Port[] {
  return Object.entries(ports).flatMap(([port, bindings]): Port[] => {
    const [number = "", type = "tcp"] = port.split("/");
    const own = { PrivatePort: Number(number), Type: type as "tcp" | "udp" | "sctp" };
    if (bindings === null || bindings.length === 0) return [own];
    return bindings.map(({ HostIp, HostPort }) => ({
      IP: HostIp ?? "",
      PrivatePort: own.PrivatePort,
      PublicPort: Number(HostPort),
      Type: own.Type,
    }));
  });
}
