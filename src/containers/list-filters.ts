import { EngineError } from "../base/errors.ts";
import type { Filters } from "../images/image-service.ts";
import { matchesLabels, matchesPattern } from "../spec/filter-match.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { mountPoints } from "./plan-mounts.ts";
import { isRunning } from "./state.ts";

type Test = (container: Container) => boolean;
/** Makes the test of one filter from its values; a container passes when any value fits. */
type FilterRule = (values: string[], context: ContainersContext) => Test;

const statuses = ["created", "running", "paused", "restarting", "removing", "exited", "dead"];
const healths = ["none", "starting", "healthy", "unhealthy"];

const rules: Record<string, FilterRule> = {
  id:
    (values) =>
    ({ id }) =>
      matchesPattern(values, id),
  name:
    (values) =>
    ({ name }) =>
      matchesPattern(values, name) || matchesPattern(values, `/${name}`),
  label:
    (values) =>
    ({ config }) =>
      matchesLabels(values, config.Labels),
  status: (values) => {
    for (const value of values) {
      if (!statuses.includes(value)) throw invalid("status", value, notOneOf("state", value, statuses));
    }
    return any(values, (value, { state }) => state.status === value);
  },
  exited: (values) => {
    const codes = values.map((value) => {
      if (!/^-?\d+$/.test(value)) throw invalid("exited", value, "the exit code is not a number");
      return Number(value);
    });
    return ({ state }) => !isRunning(state) && state.status === "exited" && codes.includes(state.exitCode);
  },
  ancestor: (values, context) => {
    const ids = values.flatMap((value) => imageIds(context, value));
    return ({ imageId }) => ids.includes(imageId);
  },
  before: (values, context) => {
    const bounds = values.map((value) => context.repository.find(value).createdAt);
    return ({ createdAt }) => bounds.some((bound) => createdAt < bound);
  },
  since: (values, context) => {
    const bounds = values.map((value) => context.repository.find(value).createdAt);
    return ({ createdAt }) => bounds.some((bound) => createdAt > bound);
  },
  volume: (values) =>
    any(values, (value, container) =>
      mountPoints(container).some(({ Name, Destination, Source }) =>
        [Name, Destination, Source].includes(value),
      ),
    ),
  network: (values) =>
    any(values, (value, { network }) =>
      Object.entries(network.Networks ?? {}).some(
        ([name, { NetworkID }]) => name === value || NetworkID === value,
      ),
    ),
  publish: (values) =>
    portFilter("publish", values, ({ hostConfig }) => Object.keys(hostConfig.PortBindings ?? {})),
  expose: (values) => portFilter("expose", values, ({ config }) => Object.keys(config.ExposedPorts ?? {})),
  health: (values, { healthRecords }) => {
    for (const value of values) {
      if (!healths.includes(value)) throw invalid("health", value, notOneOf("health", value, healths));
    }
    return any(values, (value, { id }) => value === (healthRecords.of(id)?.status ?? "none"));
  },
  isolation: (values) => any(values, (value) => value === "" || value === "default"),
  "is-task": (values) => any(values, (value) => value === "false" || value === "0"),
};

/** All given filters together. Throws on an unknown filter or a bad value. */
export function containerFilter(context: ContainersContext, filters: Filters): Test {
  const tests = Object.entries(filters).map(([name, values]) => {
    const rule = rules[name];
    if (rule === undefined) throw new EngineError("invalid", `invalid filter '${name}'`);
    return values.length === 0 ? () => true : rule(values, context);
  });
  return (container) => tests.every((test) => test(container));
}

function any(values: string[], test: (value: string, container: Container) => boolean): Test {
  return (container) => values.some((value) => test(value, container));
}

function imageIds({ images }: ContainersContext, reference: string): string[] {
  try {
    return [images.get(reference).id];
  } catch (error) {
    if (error instanceof EngineError) return [];
    throw error;
  }
}

/** `80`, `80/udp`, `8000-8010/tcp` against the container's own ports. */
function portFilter(name: string, values: string[], portsOf: (container: Container) => string[]): Test {
  const wanted = values.map((value) => {
    const match = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/.exec(value);
    if (match === null) throw invalid(name, value, "the form is PORT[-PORT][/tcp|udp|sctp]");
    const first = Number(match[1]);
    return { first, last: Number(match[2] ?? first), protocol: match[3] ?? "tcp" };
  });
  return (container) =>
    portsOf(container).some((port) => {
      const [number, protocol = "tcp"] = port.split("/");
      return wanted.some(
        (range) =>
          range.protocol === protocol && Number(number) >= range.first && Number(number) <= range.last,
      );
    });
}

function notOneOf(what: string, value: string, known: string[]): string {
  return `invalid value for ${what} (${value}): must be one of ${known.join(", ")}`;
}

function invalid(name: string, value: string, why: string): EngineError {
  return new EngineError("invalid", `invalid filter '${name}=${value}': ${why}`);
}
