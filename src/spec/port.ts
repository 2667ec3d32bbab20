// Published and exposed ports as people write them; semantics and words of github.com/docker/go-connections/nat.
import { EngineError, messageOf } from "../base/errors.ts";
import type { PortBinding, PortMap } from "./api/container.ts";
import { isIp } from "./ip.ts";

/** One container port and where it is to be found on the host. */
export interface PortMapping {
  /** `80/tcp`, as the API names it. */
  containerPort: string;
  /** `HostPort` is empty for any free port, `8000-8010` for any free one of a range. */
  binding: Required<PortBinding>;
}

export interface PortRange {
  first: number;
  last: number;
}

const protocols = ["tcp", "udp", "sctp"];

/**
 * One `-p`: `[[IP:]HOST:]CONTAINER[/PROTOCOL]` with ranges, IPv6 in brackets, or `target=80,published=8080,…`.
 * Throws `invalid`.
 */
export function parsePortMappings(text: string): PortMapping[] {
  const spec = text.includes("=") ? fromLongForm(text) : text;
  const { ip, hostPort, containerPort } = splitSpec(spec);
  const { port, protocol } = splitProtocol(containerPort);
  if (port === "") throw invalid(`No port specified: ${spec}<empty>`);
  const hostIp = checkIp(ip);
  const inside = rangeOr(port, `Invalid containerPort: ${port}`);
  const outside = hostPort === "" ? undefined : rangeOr(hostPort, `Invalid hostPort: ${hostPort}`);
  if (!protocols.includes(protocol.toLowerCase())) throw invalid(`Invalid proto: ${protocol}`);
  if (outside !== undefined && length(outside) !== length(inside) && length(inside) > 1) {
    throw invalid(`Invalid ranges specified for container and host Ports: ${port} and ${hostPort}`);
  }
  return numbers(inside).map((number, index) => ({
    containerPort: `${number}/${protocol.toLowerCase()}`,
    binding: { HostIp: hostIp, HostPort: hostPortAt(index, inside, outside) },
  }));
}

/** Every `-p` of a command, as the API takes them. */
export function parsePublish(texts: readonly string[]): { bindings: PortMap; exposed: string[] } {
  const bindings: Record<string, PortBinding[]> = {};
  for (const { containerPort, binding } of texts.flatMap(parsePortMappings)) {
    (bindings[containerPort] ??= []).push(binding);
  }
  return { bindings, exposed: Object.keys(bindings) };
}

/** One `--expose`: `80`, `80/udp`, `80-90`; answers `80/tcp`, … Throws `invalid`. */
export function parseExpose(text: string): string[] {
  if (text.includes(":")) throw invalid(`invalid port format for --expose: ${text}`);
  const { port, protocol } = splitProtocol(text);
  try {
    return numbers(parsePortRange(port)).map((number) => `${number}/${protocol.toLowerCase()}`);
  } catch (error) {
    throw new EngineError(
      "invalid",
      `invalid range format for --expose: ${text}, error: ${messageOf(error)}`,
      error,
    );
  }
}

/** `80` or `80-90`. Throws `invalid`. */
export function parsePortRange(text: string): PortRange {
  if (text === "") throw invalid("Empty string specified for ports.");
  const [start = "", end = start] = text.split("-");
  const range = { first: portNumber(start), last: portNumber(end) };
  if (range.last < range.first) throw invalid(`Invalid range specified for the Port: ${text}`);
  return range;
}

/** `80/tcp` of the API → its number and protocol; a missing protocol is tcp. Throws `invalid` with dockerd's words. */
export function parseContainerPort(text: string): { port: number; protocol: string } {
  const { port, protocol } = splitProtocol(text);
  return { port: apiPort(port), protocol: protocol.toLowerCase() };
}

/** dockerd's check of HostConfig.PortBindings at create. */
export function checkPortBindings(map: PortMap): void {
  for (const [port, bindings] of Object.entries(map)) {
    apiPort(splitProtocol(port).port);
    for (const { HostPort = "" } of bindings ?? []) {
      if (HostPort !== "") rangeOr(HostPort, `invalid port specification: ${JSON.stringify(HostPort)}`);
    }
  }
}

/** `target=80,published=8080,protocol=udp` → `8080:80/udp`; keys it does not know are ignored, as Docker does. */
function fromLongForm(text: string): string {
  const values = new Map([["protocol", "tcp"]]);
  for (const pair of text.split(",")) {
    const equals = pair.indexOf("=");
    if (equals <= 0) {
      throw invalid(`invalid publish opts format (should be name=value but got '${pair}')`);
    }
    values.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  return `${values.get("published") ?? ""}:${values.get("target") ?? ""}/${values.get("protocol")}`;
}

function splitSpec(text: string): { ip: string; hostPort: string; containerPort: string } {
  const parts = text.split(":");
  const containerPort = parts.pop() ?? "";
  const hostPort = parts.pop() ?? "";
  return { ip: parts.join(":"), hostPort, containerPort };
}

function splitProtocol(text: string): { port: string; protocol: string } {
  const [port = "", protocol = ""] = text.split("/");
  return { port, protocol: protocol === "" ? "tcp" : protocol };
}

/** The address without its brackets. IPv6 stands in brackets, else its colons could not be told from the ports'. */
function checkIp(text: string): string {
  const bracketed = /^\[([^[\]]*)\]$/.exec(text)?.[1];
  const problem = bracketed === undefined ? bareAddressProblem(text) : undefined;
  if (problem !== undefined) throw invalid(`Invalid ip address ${text}: address ${text}:: ${problem}`);
  const ip = bracketed ?? text;
  if (ip !== "" && !isIp(ip)) throw invalid(`Invalid ip address: ${ip}`);
  return ip;
}

/** What Go's net.SplitHostPort says of `text:`. */
function bareAddressProblem(text: string): string | undefined {
  if (text.startsWith("[")) return text.includes("]") ? "missing port in address" : "missing ']' in address";
  if (text.includes(":")) return "too many colons in address";
  if (text.includes("[")) return "unexpected '[' in address";
  return text.includes("]") ? "unexpected ']' in address" : undefined;
}

/** A range of host ports for one container port is a choice the engine makes. */
function hostPortAt(index: number, inside: PortRange, outside: PortRange | undefined): string {
  if (outside === undefined) return "";
  if (length(inside) === 1 && length(outside) > 1) return `${outside.first}-${outside.last}`;
  return String(outside.first + index);
}

function rangeOr(text: string, message: string): PortRange {
  try {
    return parsePortRange(text);
  } catch (error) {
    throw new EngineError("invalid", message, error);
  }
}

function apiPort(text: string): number {
  const message = `invalid port specification: ${JSON.stringify(text)}`;
  if (text.includes("-")) throw invalid(message);
  return rangeOr(text, message).first;
}

function portNumber(text: string): number {
  const quoted = JSON.stringify(text);
  if (!/^\d+$/.test(text)) throw invalid(`strconv.ParseUint: parsing ${quoted}: invalid syntax`);
  if (Number(text) > 65535) throw invalid(`strconv.ParseUint: parsing ${quoted}: value out of range`);
  return Number(text);
}

function length({ first, last }: PortRange): number {
  return last - first + 1;
}

function numbers(range: PortRange): number[] {
  return Array.from({ length: length(range) }, (_, index) => range.first + index);
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
