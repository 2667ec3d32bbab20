import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EngineError, messageOf } from "../base/errors.ts";
import { applyLimits } from "../linux/cgroup-limits.ts";
import type { HostConfig } from "../spec/api/container.ts";
import type { ResourcesSpec } from "../spec/oci-runtime.ts";
import type { Container } from "./container.ts";
import type { RuntimeContext } from "./context.ts";
import { runRuntime } from "./run-runtime.ts";
import { currentLimits } from "./spec/resources.ts";
import { toJson } from "./spec/serialize.ts";

/**
 * Applies the limits of a host configuration to a running container. Where they are the kernel's they are written here:
 * crun 1.8 writes numbers that cgroup v1 does not take, and leaves half of an update behind when one fails.
 */
export async function updateLimits(
  context: RuntimeContext,
  container: Container,
  hostConfig: HostConfig,
): Promise<void> {
  const limits = currentLimits(hostConfig);
  const kind = await context.runtimes.get(container.record.runtime).kind();
  if (kind === "other") return updateByRuntime(context, container, limits);
  try {
    applyLimits(container.cgroup, limits);
  } catch (error) {
    throw new EngineError("internal", messageOf(error), error);
  }
}

async function updateByRuntime(
  context: RuntimeContext,
  container: Container,
  limits: ResourcesSpec,
): Promise<void> {
  // A file: crun opens /dev/stdin by name, which a socket does not allow.
  const file = join(container.bundle.directory, "resources.json");
  writeFileSync(file, toJson(limits));
  try {
    await runRuntime(context, container, ["update", "--resources", file, container.id]);
  } finally {
    rmSync(file, { force: true });
  }
}
