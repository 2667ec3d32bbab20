import type { Linked } from "./linked-containers.ts";

/** What images set for themselves; of no use to others. */
const ownVariables = new Set(["HOME", "PATH"]);

interface Port {
  number: number;
  protocol: string;
}

/** The variables by which a linker finds its linked containers: addresses of their exposed ports, and their environment. */
export function linkedEnvironment(linked: readonly Linked[]): string[] {
  return linked.flatMap((each) => [
    ...portVariables(each),
    `${prefixOf(each)}_NAME=${each.fullName}`,
    ...own(each),
  ]);
}

function prefixOf({ alias }: Linked): string {
  return alias.toUpperCase().replaceAll("-", "_");
}

function own(linked: Linked): string[] {
  return (linked.container.config.Env ?? [])
    .filter((entry) => entry.includes("=") && !ownVariables.has(entry.slice(0, entry.indexOf("="))))
    .map((entry) => `${prefixOf(linked)}_ENV_${entry}`);
}

function portVariables(linked: Linked): string[] {
  const ports = exposedPorts(linked);
  const [first] = ports;
  if (first === undefined) return [];
  return [
    `${prefixOf(linked)}_PORT=${urlOf(linked, first)}`,
    ...rangesOf(ports).flatMap((range) => rangeVariables(linked, range)),
    ...ports.flatMap((port) => variablesOf(linked, port)),
  ];
}

/** In dockerd's order: TCP first, then by number. */
function exposedPorts({ container }: Linked): Port[] {
  return Object.keys(container.config.ExposedPorts ?? {})
    .map((text) => ({ number: Number.parseInt(text, 10), protocol: text.split("/")[1] ?? "tcp" }))
    .sort((a, b) => rankOf(a) - rankOf(b) || a.protocol.localeCompare(b.protocol) || a.number - b.number);
}

function rankOf({ protocol }: Port): number {
  return protocol === "tcp" ? 0 : 1;
}

/** Runs of at least two ports whose numbers follow each other. */
function rangesOf(ports: readonly Port[]): [first: Port, last: Port][] {
  const ranges: [Port, Port][] = [];
  for (const port of ports) {
    const range = ranges.at(-1);
    if (range !== undefined && range[1].protocol === port.protocol && range[1].number + 1 === port.number)
      range[1] = port;
    else ranges.push([port, port]);
  }
  return ranges.filter(([first, last]) => first !== last);
}

function rangeVariables(linked: Linked, [first, last]: [Port, Port]): string[] {
  const key = keyOf(linked, first);
  return [
    `${key}_START=${urlOf(linked, first)}`,
    `${key}_PORT_START=${first.number}`,
    `${key}_END=${urlOf(linked, last)}`,
    `${key}_PORT_END=${last.number}`,
  ];
}

function variablesOf(linked: Linked, port: Port): string[] {
  const key = keyOf(linked, port);
  return [
    `${key}=${urlOf(linked, port)}`,
    `${key}_ADDR=${linked.address}`,
    `${key}_PORT=${port.number}`,
    `${key}_PROTO=${port.protocol}`,
  ];
}

function keyOf(linked: Linked, { number, protocol }: Port): string {
  return `${prefixOf(linked)}_PORT_${number}_${protocol.toUpperCase()}`;
}

function urlOf({ address }: Linked, { number, protocol }: Port): string {
  return `${protocol}://${address}:${number}`;
}
