import { EngineError } from "../base/errors.ts";
import type { ContainerUpdateResponse, HostConfig, RestartPolicy } from "../spec/api/container.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { lifetimeOf } from "./lifetime/lifetime.ts";
import { unhealthyLabel, withUnhealthyPolicy, withUpdatedPolicy } from "./lifetime/unhealthy-policy.ts";
import { publishEvent } from "./publish-event.ts";
import { isRunning } from "./state.ts";
import { validateHostConfig } from "./validate-host-config.ts";

/** Changes limits and restart policy of a container; those of a running one take effect at once. */
export async function updateContainer(
  context: ContainersContext,
  reference: string,
  changes: Partial<HostConfig>,
): Promise<ContainerUpdateResponse> {
  const { id } = context.repository.find(reference);
  return context.locks.run(id, async () => {
    const container = context.repository.find(id);
    const { RestartPolicy, ...resources } = withoutZeros(changes);
    const given = withUnhealthyPolicy({}, { RestartPolicy });
    const policy = RestartPolicy?.Name ? given.host : {};
    const hostConfig = { ...container.hostConfig, ...resources, ...policy };
    if (container.hostConfig.AutoRemove && RestartPolicy?.Name && RestartPolicy.Name !== "no") {
      throw new EngineError(
        "invalid",
        "Restart policy cannot be updated because AutoRemove is enabled for the container",
      );
    }
    validateHostConfig(hostConfig, {}, context.limits);
    const Warnings = context.runtime.validate({}, hostConfig);
    if (isRunning(container.state) && Object.keys(resources).length > 0) {
      await context.runtime.update(id, hostConfig);
    }
    publishEvent(
      context,
      context.repository.save({ ...container, ...policyWishes(container, RestartPolicy), hostConfig }),
      "update",
    );
    return { Warnings };
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

/** Clients send every field; zero and empty mean: leave as it is. */
function withoutZeros(changes: Partial<HostConfig>): Partial<HostConfig> {
  return Object.fromEntries(
    Object.entries(changes).filter(
      ([, value]) =>
        value !== undefined &&
        value !== 0 &&
        value !== "" &&
        value !== false &&
        !(Array.isArray(value) && value.length === 0),
    ),
  );
}
