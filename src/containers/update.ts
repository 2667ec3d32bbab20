import { EngineError, messageOf } from "../base/errors.ts";
import type { ContainerUpdateResponse, HostConfig, RestartPolicy } from "../spec/api/container.ts";
import { checkRestartPolicy } from "../spec/restart-policy.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { lifetimeOf } from "./lifetime/lifetime.ts";
import { unhealthyLabel, withUnhealthyPolicy, withUpdatedPolicy } from "./lifetime/unhealthy-policy.ts";
import { mergeUpdate } from "./merge-update.ts";
import { publishEvent } from "./publish-event.ts";
import { isRunning } from "./state.ts";

/** Changes limits and restart policy of a container; those of a running one take effect at once. All, or nothing. */
export async function updateContainer(
  context: ContainersContext,
  reference: string,
  changes: Partial<HostConfig>,
): Promise<ContainerUpdateResponse> {
  const { RestartPolicy } = changes;
  const { host: asked } = withUnhealthyPolicy({}, changes);
  checkRestartPolicy(asked.RestartPolicy ?? {});
  const { hostConfig: wanted, warnings } = context.runtime.validateUpdate(asked);
  const { id } = context.repository.find(reference);
  return context.locks.run(id, async () => {
    const container = context.repository.find(id);
    try {
      const hostConfig = mergeUpdate(container.hostConfig, wanted);
      if (isRunning(container.state)) await context.runtime.update(id, hostConfig);
      const updated = { ...container, ...policyWishes(container, RestartPolicy), hostConfig };
      publishEvent(context, context.repository.save(updated), "update");
    } catch (error) {
      throw cannotUpdate(id, error);
    }
    return { Warnings: warnings };
  });
}

/** What a new restart policy says of unhealthy containers, in labels and in effect. */
function policyWishes(
  { config, lifetime }: Container,
  policy: RestartPolicy | undefined,
): Partial<Container> {
  if (!policy?.Name) return {};
  const Labels = withUpdatedPolicy(config.Labels, policy);
  const { unhealthyRestarts } = lifetimeOf(unhealthyLabel(policy) === undefined ? {} : Labels);
  return { config: { ...config, Labels }, lifetime: { ...lifetime, unhealthyRestarts } };
}

function cannotUpdate(id: string, error: unknown): EngineError {
  const kind = error instanceof EngineError ? error.kind : "internal";
  return new EngineError(kind, `Cannot update container ${id}: ${messageOf(error)}`, error);
}
