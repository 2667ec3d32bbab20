import type { Filters } from "../images/image-service.ts";
import type { EventMessage } from "../spec/api/system.ts";

type Test = (event: EventMessage, values: string[]) => boolean;

/** Filters that compare the actor's id or name, each only true of events whose actor is such an object. */
const named = ["container", "network", "volume", "plugin", "service", "node", "secret", "config", "daemon"];
/** Actions that carry a detail after a colon: `exec_create: sh -c true`. */
const detailed = ["health_status", "exec_create", "exec_start"];

const tests: Record<string, Test> = {
  type: (event, values) => values.includes(event.Type ?? ""),
  scope: (event, values) => values.includes(event.scope ?? "local"),
  event: matchesAction,
  label: matchesLabels,
  image: matchesImage,
  ...Object.fromEntries(named.map((name) => [name, matchesActor])),
};

/**
 * Docker's rules for `docker events --filter`: different filters all apply, one of each one's values must. One that
 * nobody knows says nothing.
 */
export function eventMatcher(filters: Filters): (event: EventMessage) => boolean {
  const wanted = Object.entries(filters).filter(([name, values]) => name in tests && values.length > 0);
  return (event) => wanted.every(([name, values]) => tests[name]?.(event, values) ?? false);
}

function matchesAction(event: EventMessage, values: string[]): boolean {
  const action = event.Action ?? "";
  return values.some(
    (value) => action === value || (detailed.includes(value) && action.startsWith(`${value}:`)),
  );
}

function matchesActor(event: EventMessage, values: string[]): boolean {
  const candidates = [event.Actor?.ID ?? "", event.Actor?.Attributes?.name ?? ""];
  return values.some((value) => candidates.some((candidate) => candidate.startsWith(value)));
}

/** All labels must match: `key` or `key=value`. */
function matchesLabels(event: EventMessage, values: string[]): boolean {
  const attributes = event.Actor?.Attributes ?? {};
  return values.every((wanted) => {
    const split = wanted.indexOf("=");
    if (split < 0) return wanted in attributes;
    return attributes[wanted.slice(0, split)] === wanted.slice(split + 1);
  });
}

/** An image's own events, and those of containers made from it; a tag may be left out. */
function matchesImage(event: EventMessage, values: string[]): boolean {
  const attributes = event.Actor?.Attributes ?? {};
  const name = (event.Type === "image" ? attributes.name : attributes.image) ?? "";
  const candidates = [event.Actor?.ID ?? "", name, name.replace(/:[^:/]*$/, "")];
  return values.some((value) => candidates.includes(value));
}
