import type { LogTarget } from "../runtime/logs/delivery/log-sink.ts";
import { keepingOf } from "../runtime/logs/keeping.ts";
import type { KeptLog } from "../runtime/logs/log-keeper.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { logAttributes, logTag } from "./log-attributes.ts";
import { pathsOf } from "./paths.ts";

const defaultTag = "{{.ID}}";
const delivered = ["json-file", "syslog", "journald"] as const;

/** Where a container's output is kept and delivered to, by its log driver; undefined where nothing is kept. */
export function keptOutput(context: ContainersContext, container: Container): KeptLog | undefined {
  const { Type = "", Config = {} } = container.hostConfig.LogConfig ?? {};
  const keeping = keepingOf(Type, Config);
  if (keeping === undefined) return undefined;
  const { logs: directory, jsonLog } = pathsOf(context, container.id);
  const driver = delivered.find((each) => each === Type);
  if (driver === undefined) return { directory, keeping };
  return { directory, keeping, target: targetOf(container, driver, jsonLog) };
}

function targetOf(container: Container, driver: LogTarget["driver"], path: string): LogTarget {
  const { id, name, config, hostConfig } = container;
  const options = hostConfig.LogConfig?.Config ?? {};
  return {
    driver,
    options,
    attributes: logAttributes(container),
    tag: logTag(container, options["tag"] || defaultTag),
    container: { id, name, image: config.Image ?? "" },
    path,
  };
}
