import { EngineError } from "../base/errors.ts";
import type { PortMap } from "../spec/api/container.ts";
import { parseContainerPort, parsePortRange } from "../spec/port.ts";
import type { PortProtocol } from "./published-port.ts";

/** A port to publish, before it is known which host port it gets. */
export interface PortRequest {
  protocol: PortProtocol;
  containerPort: number;
  /** All of them get the same host port. */
  hostAddresses: readonly string[];
  /** Any free one when absent. */
  hostPorts?: { first: number; last: number };
}

const protocols: readonly string[] = ["tcp", "udp", "sctp"];

/**
 * What a PortBindings map asks for, one request a binding. Without a host address that is `defaultAddresses` (every
 * address of the host, of both families). Throws `invalid`.
 */
export function portRequests(bindings: PortMap, defaultAddresses: readonly string[]): PortRequest[] {
  return Object.entries(bindings).flatMap(([name, hostBindings]) => {
    const { port, protocol } = parseContainerPort(name);
    if (!isProtocol(protocol)) throw new EngineError("invalid", `invalid proto: ${protocol}`);
    return (hostBindings ?? []).map(({ HostIp = "", HostPort = "" }) => {
      const hostAddresses = HostIp === "" ? defaultAddresses : [HostIp];
      const request: PortRequest = { protocol, containerPort: port, hostAddresses };
      if (HostPort !== "" && HostPort !== "0") request.hostPorts = parsePortRange(HostPort);
      return request;
    });
  });
}

function isProtocol(protocol: string): protocol is PortProtocol {
  return protocols.includes(protocol);
}
