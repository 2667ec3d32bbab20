import { EngineError, messageOf } from "../base/errors.ts";
import type { Filters } from "../images/image-service.ts";
import type { PortBinding } from "../spec/api/container.ts";
import { parsePortRange, type PortRange } from "../spec/port.ts";
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
      if (!/^[+-]?\d+$/.test(value))
        throw invalid("exited", value, `strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`);
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
  volume: (values, context) =>
    any(values, (value, container) =>
      mountPoints(context, container).some(({ Name, Destination, Source }) =>
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
    portFilter("publish", values, (bindings) => bindings.map(({ HostPort }) => HostPort ?? "")),
  expose: (values) => portFilter("expose", values, (_, port) => [port]),
  health: (values, { healthRecords }) => {
    for (const value of values) {
      if (!healths.includes(value)) throw invalid("health", value, notOneOf("health", value, healths));
    }
    return any(values, (value, { id }) => value === (healthRecords.of(id)?.status ?? "none"));
  },
  isolation: (values) => any(values, (value) => value === "" || value === "default"),
  // Tasks are a swarm's: no container here is one.
  "is-task": (values) => {
    const wanted = values.map((value) => ({ true: true, "1": true, false: false, "0": false })[value]);
    if (wanted.includes(undefined) || new Set(wanted).size > 1)
      throw new EngineError("invalid", `invalid filter 'is-task=[${values.join(" ")}]'`);
    return () => wanted[0] === false;
  },
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

/**
 * `80`, `80/udp`, `8000-8010/tcp` against the ports of a running container, as `ps` lists them: `numbersOf` answers the
 * numbers of one that count.
 */
function portFilter(
  name: string,
  values: string[],
  numbersOf: (bindings: PortBinding[], port: string) => string[],
): Test {
  const wanted = values.map((value) => {
    const [range = "", protocol = "tcp"] = value.split("/");
    return { ...portRange(name, value, range), protocol: protocol.toLowerCase() };
  });
  return ({ network }) =>
    Object.entries(network.Ports ?? {}).some(([port, bindings]) => {
      const [number = "", protocol = "tcp"] = port.split("/");
      const numbers = numbersOf(bindings ?? [], number).map(Number);
      return wanted.some(
        ({ first, last, protocol: of }) =>
          of === protocol && numbers.some((each) => each >= first && each <= last),
      );
    });
}

function portRange(name: string, value: string, range: string): PortRange {
  try {
    return parsePortRange(range);
  } catch (error) {
    throw new EngineError("invalid", `error while looking up for ${name} ${value}: ${messageOf(error)}`);
  }
}

function notOneOf(what: string, value: string, known: string[]): string {
  return `invalid value for ${what} (${value}): must be one of ${known.join(", ")}`;
}

function invalid(name: string, value: string, why: string): EngineError {
  return new EngineError("invalid", `invalid filter '${name}=${value}': ${why}`);
}
