import type { ContainerConfig, HostConfig, RestartPolicy } from "../../spec/api/container.ts";
import { lifetimeLabels, onUnhealthy } from "./lifetime.ts";

/**
 * `--restart on-unhealthy[:N]` of any client becomes what an engine that does not know it can live with: on-failure,
 * and a label that says the rest.
 */
export function withUnhealthyPolicy(
  config: ContainerConfig,
  host: HostConfig,
): { config: ContainerConfig; host: HostConfig } {
  const label = unhealthyLabel(host.RestartPolicy);
  if (label === undefined) return { config, host };
  return {
    config: { ...config, Labels: { ...config.Labels, [lifetimeLabels.restart]: label } },
    host: { ...host, RestartPolicy: { ...host.RestartPolicy, Name: "on-failure" } },
  };
}

/** `on-unhealthy:3`; undefined for every policy of Docker's own. */
export function unhealthyLabel(policy: RestartPolicy | undefined): string | undefined {
  if (String(policy?.Name) !== onUnhealthy) return undefined;
  const most = policy?.MaximumRetryCount ?? 0;
  return most === 0 ? onUnhealthy : `${onUnhealthy}:${most}`;
}

/** Labels after an update of the policy: a new one of Docker's own takes back what the label said. */
export function withUpdatedPolicy(labels: ContainerConfig["Labels"], policy: RestartPolicy) {
  const { [lifetimeLabels.restart]: _, ...others } = labels ?? {};
  const label = unhealthyLabel(policy);
  return label === undefined ? others : { ...others, [lifetimeLabels.restart]: label };
}
