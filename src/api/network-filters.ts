import { EngineError } from "../base/errors.ts";
import type { Filters } from "../images/image-service.ts";
import type { Network } from "../spec/api/network.ts";

const builtin = new Set(["bridge", "host", "none"]);

/** How each filter of GET /networks looks at a network: any of its values must fit. */
const fits: Record<string, (network: Network, value: string) => boolean> = {
  dangling: (network, value) => isDangling(network) === danglingValue(value),
  driver: (network, value) => network.Driver === value,
  id: (network, value) => (network.Id ?? "").includes(value),
  label: (network, value) => hasLabel(network, value),
  name: (network, value) => (network.Name ?? "").includes(value),
  scope: (network, value) => network.Scope === value,
  type: (network, value) => typeOf(network) === checkedType(value),
};

/** Whether every filter lets the network pass. Throws `invalid` for filters that do not exist. */
export function matchesFilters(network: Network, filters: Filters): boolean {
  return Object.entries(filters).every(([name, values]) => {
    const test = Object.hasOwn(fits, name) ? fits[name] : undefined;
    if (test === undefined) throw new EngineError("invalid", `invalid filter '${name}'`);
    // All labels asked for must be there, of the others one.
    if (name === "label") return values.every((value) => test(network, value));
    return values.length === 0 || values.some((value) => test(network, value));
  });
}

function typeOf(network: Network): string {
  return builtin.has(network.Name ?? "") ? "builtin" : "custom";
}

function checkedType(value: string): string {
  if (value === "builtin" || value === "custom") return value;
  throw new EngineError("invalid", `invalid filter: 'type'='${value}'`);
}

function isDangling(network: Network): boolean {
  return typeOf(network) === "custom" && Object.keys(network.Containers ?? {}).length === 0;
}

function danglingValue(value: string): boolean {
  if (["1", "true"].includes(value)) return true;
  if (["0", "false"].includes(value)) return false;
  throw new EngineError(
    "invalid",
    `invalid value for filter 'dangling', must be "true" (or "1"), or "false" (or "0")`,
  );
}

function hasLabel({ Labels = {} }: Network, wanted: string): boolean {
  const at = wanted.indexOf("=");
  if (at < 0) return Object.hasOwn(Labels, wanted);
  return Labels[wanted.slice(0, at)] === wanted.slice(at + 1);
}
