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
  await runRuntime(
    context,
    container,
    ["update", "--resources", "-", container.id],
    toJson(limits(hostConfig)),
  );
}
