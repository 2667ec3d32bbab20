import type { Container } from "../container.ts";
import { monitorBytes } from "../logs/keeping.ts";
import { LogDirectory } from "../logs/log-directory.ts";
import type { KeptLog } from "../logs/log-keeper.ts";
import type { RuntimePaths } from "../paths.ts";
import type { ExecLaunch } from "../runtime-service.ts";
import type { Bundle, BundleRecord } from "./bundle.ts";

/** Options by name: a flag, a value, or several values; undefined leaves the option out. */
type Options = Record<string, boolean | string | string[] | undefined>;

/** conmon's command line for a container. */
export function conmonArgs(paths: RuntimePaths, container: Container): string[] {
  const { id, bundle, record } = container;
  return commandLine({
    ...common(paths, record, id, id),
    bundle: bundle.directory,
    "container-pidfile": bundle.pidFile,
    "exit-dir": paths.exits,
    ...logOptions(record.output),
    terminal: record.tty,
    stdin: record.openStdin,
    "leave-stdin-open": !record.closesStdin,
  });
}

/** conmon's command line for a further process of a container. */
export function conmonExecArgs(
  paths: RuntimePaths,
  { id, record }: Container,
  launch: ExecLaunch,
  exec: Bundle,
): string[] {
  return commandLine({
    ...common(paths, record, id, launch.id),
    exec: true,
    "exec-attach": true,
    "exec-process-spec": exec.configFile,
    bundle: exec.directory,
    "container-pidfile": exec.pidFile,
    "log-path": "none",
    terminal: launch.tty,
    stdin: launch.stdin,
    "leave-stdin-open": launch.tty,
  });
}

function common(paths: RuntimePaths, record: BundleRecord, containerId: string, processId: string): Options {
  return {
    // Stays our child, so that its end is an event.
    sync: true,
    "api-version": "1",
    cid: containerId,
    cuuid: processId,
    runtime: record.runtimePath,
    "runtime-arg": [...record.runtimeArgs, `--root=${paths.state}`],
    // The attach socket lies in the bundle, under its own name.
    "full-attach": true,
    // Docker does not force a log to the disk either.
    "no-sync-log": true,
  };
}

function commandLine(options: Options): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${name}`];
    return [value].flat().map((one) => `--${name}=${one}`);
  });
}

function logOptions(output: KeptLog | undefined): Options {
  if (output === undefined) return { "log-path": "none" };
  return {
    "log-path": `k8s-file:${new LogDirectory(output.directory).current}`,
    "log-size-max": monitorBytes(output.keeping)?.toString(),
  };
}
