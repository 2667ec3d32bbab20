import { EngineError, errnoOf } from "../base/errors.ts";
import { closePortSocket, openPortSocket } from "../linux/port-socket.ts";
import { readSysctl } from "../linux/sysctl.ts";
import { findPortOwner } from "./port-owner.ts";
import type { PortRequest } from "./port-request.ts";
import { hostEndpoint, portsMeet, type PublishedPort } from "./published-port.ts";

/** A port of the host that this process holds by an open socket. */
export interface HeldPort {
  port: PublishedPort;
  fd: number;
}

/** Name of the container that has a port in the way of this one, if any. */
export type FindHolder = (port: PublishedPort) => string | undefined;

/** dockerd's words for errno. */
const reasons: Record<string, string> = {
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "cannot assign requested address",
  EACCES: "permission denied",
};

/** Takes host ports: each by a bound socket, so that no other program of the host can have it meanwhile. */
export class PortAllocator {
  readonly #findHolder: FindHolder;
  readonly #ephemeral = ephemeralRange();
  #next = this.#ephemeral.first;

  constructor(findHolder: FindHolder) {
    this.#findHolder = findHolder;
  }

  /**
   * Takes every port asked for, all or none; the caller owns the sockets. `target` is the container's address, for
   * messages. Throws an EngineError that names who is in the way.
   */
  take(requests: readonly PortRequest[], target: string, containerName: string): HeldPort[] {
    const held: HeldPort[] = [];
    const findHolder = (wanted: PublishedPort) =>
      held.some(({ port }) => portsMeet(port, wanted)) ? containerName : this.#findHolder(wanted);
    try {
      for (const request of requests) held.push(...this.#takeOne(request, findHolder));
      return held;
    } catch (error) {
      for (const { fd } of held) closePortSocket(fd);
      throw error instanceof PortConflict ? error.explain(target) : error;
    }
  }

  #takeOne(request: PortRequest, findHolder: FindHolder): HeldPort[] {
    if (request.hostPorts === undefined) return this.#takeEphemeral(request, findHolder);
    const { first, last } = request.hostPorts;
    let failure: unknown;
    for (let hostPort = first; hostPort <= last; hostPort += 1) {
      try {
        return takeAddresses(request, hostPort, findHolder);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** Goes round the range, as Docker does, so that a port given back is not at once another's. */
  #takeEphemeral(request: PortRequest, findHolder: FindHolder): HeldPort[] {
    const { first, last } = this.#ephemeral;
    for (let tries = first; tries <= last; tries += 1) {
      const hostPort = this.#next;
      this.#next = hostPort === last ? first : hostPort + 1;
      try {
        return takeAddresses(request, hostPort, findHolder);
      } catch (error) {
        if (!(error instanceof PortConflict) || !error.isTaken) throw error;
      }
    }
    throw new EngineError("internal", "all ports are allocated");
  }
}

/** The port on every address of the request, or on none. */
function takeAddresses(request: PortRequest, hostPort: number, findHolder: FindHolder): HeldPort[] {
  const { protocol, containerPort } = request;
  const held: HeldPort[] = [];
  try {
    for (const hostAddress of request.hostAddresses) {
      const port = { protocol, hostAddress, hostPort, containerPort };
      held.push({ port, fd: openPort(port, findHolder(port)) });
    }
    return held;
  } catch (error) {
    for (const { fd } of held) closePortSocket(fd);
    throw error;
  }
}

function openPort(port: PublishedPort, holder: string | undefined): number {
  if (holder !== undefined) throw new PortConflict(port, "EADDRINUSE", holder);
  try {
    return openPortSocket(port.protocol, port.hostAddress, port.hostPort);
  } catch (error) {
    throw new PortConflict(port, errnoOf(error) ?? String(error));
  }
}

/** Why a port could not be taken; the search for who has it waits until somebody will read the answer. */
class PortConflict extends Error {
  readonly #port: PublishedPort;
  readonly #code: string;
  readonly #container: string | undefined;

  constructor(port: PublishedPort, code: string, container?: string) {
    super(`${hostEndpoint(port)}: ${code}`);
    this.#port = port;
    this.#code = code;
    this.#container = container;
  }

  get isTaken(): boolean {
    return this.#code === "EADDRINUSE";
  }

  explain(target: string): EngineError {
    const { hostAddress, hostPort, containerPort, protocol } = this.#port;
    if (this.#container !== undefined) {
      const what = `Bind for ${hostAddress}:${hostPort} failed: port is already allocated`;
      return new EngineError("internal", `${what}: held by container ${this.#container}`);
    }
    if (this.#code === "EPROTONOSUPPORT") {
      const what = `failed to listen on ${hostEndpoint(this.#port)}: protocol not supported`;
      return new EngineError("internal", `error starting userland proxy: ${what}`);
    }
    const owner = this.isTaken ? findPortOwner(this.#port) : undefined;
    const route = `${hostEndpoint(this.#port)}:${target}:${containerPort}/${protocol}`;
    const reason = reasons[this.#code] ?? this.#code;
    const holder = owner === undefined ? "" : `: held by ${owner}`;
    return new EngineError("internal", `failed to bind host port for ${route}: ${reason}${holder}`);
  }
}

function ephemeralRange(): { first: number; last: number } {
  const [first = 32768, last = 60999] = (readSysctl("net.ipv4.ip_local_port_range") ?? "")
    .split(/\s+/)
    .filter((text) => text !== "")
    .map(Number);
  return { first, last };
}
