import type { Exit } from "../runtime/runtime-service.ts";
import type { Container } from "./container.ts";

const firstDelayMs = 100;
const longestDelayMs = 60_000;
/** A run at least this long starts the back-off anew. */
const settledMs = 10_000;

/** How long until the container runs again, in milliseconds; undefined when its policy lets it rest. */
export function nextRestart(container: Container, exit: Exit): number | undefined {
  if (!wantsRestart(container, exit)) return undefined;
  const ranMs = exit.finishedAt.getTime() - Date.parse(container.state.startedAt);
  if (ranMs >= settledMs) return firstDelayMs;
  return Math.min(firstDelayMs * 2 ** Math.min(container.restartCount, 20), longestDelayMs);
}

function wantsRestart({ hostConfig, state, restartCount }: Container, exit: Exit): boolean {
  if (state.stoppedByUser) return false;
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
