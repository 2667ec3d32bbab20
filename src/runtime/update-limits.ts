import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostConfig } from "../spec/api/container.ts";
import type { Container } from "./container.ts";
import type { RuntimeContext } from "./context.ts";
import { runRuntime } from "./run-runtime.ts";
import { limits } from "./spec/resources.ts";
import { toJson } from "./spec/serialize.ts";

/** Applies the limits of a host configuration to a running container. */
export async function updateLimits(
  context: RuntimeContext,
  container: Container,
  hostConfig: HostConfig,
): Promise<void> {
  if (hostConfig.PidsLimit !== undefined && (hostConfig.PidsLimit ?? 0) <= 0) liftProcessLimit(container);
  // A file: crun opens /dev/stdin by name, which a socket does not allow.
  const file = join(container.bundle.directory, "resources.json");
  writeFileSync(file, toJson(limits(hostConfig)));
  try {
    await runRuntime(context, container, ["update", "--resources", file, container.id]);
  } finally {
    rmSync(file, { force: true });
  }
}

/** By hand: crun 1.8 writes -1 where cgroup v1 wants a word. */
function liftProcessLimit({ cgroup }: Container): void {
  const directory = cgroup.directory("pids");
  if (directory !== undefined) writeFileSync(join(directory, "pids.max"), "max");
}
