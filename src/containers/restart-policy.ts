import type { Exit } from "../runtime/runtime-service.ts";
import type { Container } from "./container.ts";

const firstDelayMs = 100;
const longestDelayMs = 60_000;
/** A run at least this long starts the back-off anew. */
const settledMs = 10_000;

/** How long until the container runs again, in milliseconds; undefined when its policy lets it rest. */
export function nextRestart(
  container: Container,
  exit: Exit,
  { unhealthy = false } = {},
): number | undefined {
  if (container.state.stoppedByUser) return undefined;
  if (!wantsRestart(container, exit) && !(unhealthy && mayRestartUnhealthy(container))) return undefined;
  const ranMs = exit.finishedAt.getTime() - Date.parse(container.state.startedAt);
  const { restartDelayMs: before = 0 } = container;
  return ranMs >= settledMs || before === 0 ? firstDelayMs : Math.min(before * 2, longestDelayMs);
}

/** Whether one that became unhealthy is to be ended and started again. */
export function mayRestartUnhealthy({ lifetime, restartCount }: Container): boolean {
  return restartCount < (lifetime?.unhealthyRestarts ?? 0);
}

function wantsRestart({ hostConfig, restartCount }: Container, exit: Exit): boolean {
  const { Name: policy, MaximumRetryCount: most = 0 } = hostConfig.RestartPolicy ?? {};
  switch (policy) {
    case "always":
    case "unless-stopped":
      return true;
    case "on-failure":
      return exit.exitCode !== 0 && (most === 0 || restartCount < most);
    default:
      return false;
  }
}

/** Whether the container is started again when the engine starts and finds it stopped. */
export function restartsWithEngine({ hostConfig, state }: Container): boolean {
  const policy = hostConfig.RestartPolicy?.Name;
  return policy === "always" || (policy === "unless-stopped" && !state.stoppedByUser);
}
