import { isIP, isIPv4, isIPv6 } from "node:net";
import { EngineError } from "../base/errors.ts";
import type { EndpointSettings } from "../spec/api/network.ts";
import { checkPortBindings } from "../spec/port.ts";
import type { SandboxRequest } from "./network-service.ts";

const predefined = ["default", "bridge", "host", "none"];

/** dockerd's checks at `create`; whether the network exists shows when the container starts. Throws `invalid`. */
export function checkRequest(request: SandboxRequest): void {
  checkPortBindings(request.ports);
  for (const bindings of Object.values(request.ports)) {
    for (const { HostIp = "" } of bindings ?? []) {
      if (HostIp !== "" && isIP(HostIp) === 0) throw invalid(`invalid IP address: ${HostIp}`);
    }
  }
  for (const [network, settings] of Object.entries(request.endpoints)) checkEndpoint(network, settings);
  for (const name of Object.keys(request.sysctls)) checkSysctl(name);
}

function checkEndpoint(network: string, settings: EndpointSettings): void {
  const problems = predefined.includes(network) ? addressProblems(settings) : [];
  if (problems.length > 0) {
    const list = problems.map((problem) => `\n* ${problem}`).join("");
    throw invalid(`invalid config for network ${network}: invalid endpoint settings:${list}`);
  }
  const mac = settings.MacAddress ?? "";
  if (mac !== "" && !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac)) {
    throw invalid(`invalid MAC address: ${mac}`);
  }
}

function addressProblems({ IPAMConfig }: EndpointSettings): string[] {
  const { IPv4Address = "", IPv6Address = "" } = IPAMConfig ?? {};
  if (IPv4Address === "" && IPv6Address === "") return [];
  return [
    "user specified IP address is supported on user defined networks only",
    ...(IPv4Address !== "" && !isIPv4(IPv4Address) ? [`invalid IPv4 address: ${IPv4Address}`] : []),
    ...(IPv6Address !== "" && !isIPv6(IPv6Address) ? [`invalid IPv6 address: ${IPv6Address}`] : []),
    "user specified IP address is supported only when connecting to networks with user configured subnets",
  ];
}

/** Which interface becomes eth0 is the engine's choice, so settings by that name belong to the endpoint. */
function checkSysctl(name: string): void {
  if (!name.startsWith("net.")) return;
  if (!name.split(".")[3]?.startsWith("eth")) return;
  const option = "com.docker.network.endpoint.sysctls";
  throw invalid(
    `interface specific sysctl setting ${JSON.stringify(name)} must be supplied using driver option '${option}'`,
  );
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
