import type { HostConfig, NetworkSettings } from "../spec/api/container.ts";
import type { NetworkService, Sandbox, SandboxRequest } from "../networks/network-service.ts";
import type { Container } from "./container.ts";

const defaultNetwork = "bridge";

/** What inspect shows of a container that has no sandbox. */
export function emptyNetworkSettings(host: HostConfig, endpoints: Container["endpoints"]): NetworkSettings {
  const mode = host.NetworkMode ?? defaultNetwork;
  const names = new Set([...(mode.startsWith("container:") ? [] : [mode]), ...Object.keys(endpoints)]);
  const networks = Object.fromEntries(
    [...names].map((name) => [name === "default" ? defaultNetwork : name, { ...endpoints[name] }]),
  );
  return { Ports: {}, Networks: networks };
}

/** After a run, and while the host's network is used: Docker goes on telling which networks these are. */
export function networkSettingsWithIds(
  { hostConfig, endpoints }: Container,
  networks: NetworkService,
): NetworkSettings {
  const settings = emptyNetworkSettings(hostConfig, endpoints);
  const named = Object.entries(settings.Networks ?? {}).map(
    ([name, settings]) => [name, { ...settings, NetworkID: networks.inspect(name).Id }] as const,
  );
  return { ...settings, Networks: Object.fromEntries(named) };
}

/** The settings of a running container; the default bridge's endpoint is repeated at the top, as Docker does. */
export function connectedNetworkSettings(sandbox: Sandbox): NetworkSettings {
  const main = sandbox.endpoints[defaultNetwork];
  return {
    SandboxID: sandbox.id,
    SandboxKey: sandbox.path,
    Ports: sandbox.ports,
    EndpointID: main?.EndpointID ?? "",
    Gateway: main?.Gateway ?? "",
    IPAddress: main?.IPAddress ?? "",
    IPPrefixLen: main?.IPPrefixLen ?? 0,
    MacAddress: main?.MacAddress ?? "",
    GlobalIPv6Address: main?.GlobalIPv6Address ?? "",
    GlobalIPv6PrefixLen: main?.GlobalIPv6PrefixLen ?? 0,
    IPv6Gateway: main?.IPv6Gateway ?? "",
    Networks: sandbox.endpoints,
  };
}

/** What the container asks of the networks room. */
export function sandboxRequest(container: Container): SandboxRequest {
  const { hostConfig, config } = container;
  const exposed = Object.keys(config.ExposedPorts ?? {});
  const published = hostConfig.PublishAllPorts
    ? Object.fromEntries(exposed.map((port) => [port, [{ HostIp: "", HostPort: "" }]]))
    : {};
  return {
    containerId: container.id,
    containerName: container.name,
    networkMode: hostConfig.NetworkMode ?? defaultNetwork,
    endpoints: container.endpoints,
    ports: { ...published, ...hostConfig.PortBindings },
    exposed,
    sysctls: Object.fromEntries(
      Object.entries(hostConfig.Sysctls ?? {}).filter(([name]) => name.startsWith("net.")),
    ),
  };
}

/** Whether the container has a network namespace of its own. */
export function needsSandbox(host: HostConfig): boolean {
  return host.NetworkMode !== "host" && !host.NetworkMode?.startsWith("container:");
}
