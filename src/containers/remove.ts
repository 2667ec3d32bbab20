import { rm } from "node:fs/promises";
import { EngineError } from "../base/errors.ts";
import { faultPoint } from "../base/fault.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { giveBack } from "./exit.ts";
import { releaseImages } from "./image-mounts.ts";
import { removeLink } from "./links/remove-link.ts";
import { pathsOf } from "./paths.ts";
import { publishEvent } from "./publish-event.ts";
import { isRunning } from "./state.ts";
import { killAndWait } from "./stop.ts";

/** `rm` by reference. A running container goes only with `force`, killed first. */
export async function removeByReference(
  context: ContainersContext,
  reference: string,
  options: { force: boolean; volumes: boolean; link?: boolean },
): Promise<void> {
  if (options.link) return removeLink(context, reference);
  const { id } = context.repository.find(reference);
  while (!(await tryRemove(context, id, options))) {
    // A restart came between the kill and the removal: once more.
  }
}

/** Answers false where the container was started again meanwhile. */
async function tryRemove(
  context: ContainersContext,
  id: string,
  options: { force: boolean; volumes: boolean },
): Promise<boolean> {
  const found = context.repository.byId(id);
  if (found?.state.status === "restarting" && !options.force) throw refusal(found.name, "restarting");
  context.live.cancelRestart(id);
  if (found !== undefined && isRunning(found.state)) {
    if (!options.force) throw refusal(found.name, found.state.status);
    await killAndWait(context, id);
  }
  return context.locks.run(id, async () => {
    const container = context.repository.byId(id);
    // Removed meanwhile by `--rm` or another client: what was asked for is true.
    if (container === undefined) return true;
    if (isRunning(container.state)) {
      if (options.force) return false;
      throw refusal(container.name, container.state.status);
    }
    await removeStopped(context, container, options);
    return true;
  });
}

function refusal(name: string, status: string): EngineError {
  const advice =
    status === "paused"
      ? "container is paused and must be unpaused first"
      : `container is ${status}: stop the container before removing or force remove`;
  return new EngineError("conflict", `cannot remove container "${name}": ${advice}`);
}

/**
 * Removes a container that does not run; call under its lock. When this resolves the container is gone for everybody
 * and its name, ports and volumes are free; mounts, namespaces and directories are given back in the background.
 */
export async function removeStopped(
  context: ContainersContext,
  container: Container,
  { volumes }: { volumes: boolean },
): Promise<void> {
  const { id, state } = container;
  context.repository.beginRemoval({ container, volumes });
  faultPoint("remove:marked");
  context.images.noteUse(container.imageId);
  for (const pending of context.live.takePending(id)) pending.abandon();
  await context.volumes.releaseAll(id, volumes);
  context.live.execs.forget(id);
  context.health.forget(id);
  context.lifetimes.forget(id);
  publishEvent(context, container, "destroy");
  context.live.announce(id, { type: "removed", exitCode: state.exitCode });
  context.background.start(`removal of ${id}`, () => finishRemoval(context, container));
}

/** Gives back all that is left of a removed container. Safe to repeat. */
export async function finishRemoval(context: ContainersContext, container: Container): Promise<void> {
  const { id } = container;
  await giveBack(context, container);
  faultPoint("remove:given-back");
  await context.layers.removeWritable(id);
  await releaseImages(context, container);
  faultPoint("remove:layer");
  await rm(pathsOf(context, id).directory, { recursive: true, force: true });
  context.repository.finishRemoval(id);
}
