import { expect, test } from "bun:test";
import type { Container } from "./container.ts";
import { nextRestart } from "./restart-policy.ts";
import { initialState } from "./state.ts";

function container(
  policy: string,
  changes: {
    retries?: number;
    restartCount?: number;
    restartDelayMs?: number;
    unhealthyRestarts?: number;
    stoppedByUser?: boolean;
  } = {},
) {
  return {
    hostConfig: { RestartPolicy: { Name: policy, MaximumRetryCount: changes.retries ?? 0 } },
    restartCount: changes.restartCount ?? 0,
    restartDelayMs: changes.restartDelayMs,
    lifetime: { unhealthyRestarts: changes.unhealthyRestarts },
    state: {
      ...initialState,
      startedAt: "2026-01-01T00:00:00.000Z",
      stoppedByUser: changes.stoppedByUser ?? false,
    },
  } as Container;
}

function exit(exitCode: number, afterSeconds = 1) {
  return {
    exitCode,
    finishedAt: new Date(Date.parse("2026-01-01T00:00:00.000Z") + afterSeconds * 1000),
    oomKilled: false,
  };
}

test("no policy, no restart", () => {
  expect(nextRestart(container("no"), exit(1))).toBeUndefined();
  expect(nextRestart(container(""), exit(1))).toBeUndefined();
});

test("always and unless-stopped restart after any exit, but not after a stop by the user", () => {
  for (const policy of ["always", "unless-stopped"]) {
    expect(nextRestart(container(policy), exit(0))).toBe(100);
    expect(nextRestart(container(policy, { stoppedByUser: true }), exit(137))).toBeUndefined();
  }
});

test("on-failure restarts failures, as often as asked", () => {
  expect(nextRestart(container("on-failure"), exit(0))).toBeUndefined();
  expect(
    nextRestart(container("on-failure", { retries: 2, restartCount: 1, restartDelayMs: 100 }), exit(3)),
  ).toBe(200);
  expect(nextRestart(container("on-failure", { retries: 2, restartCount: 2 }), exit(3))).toBeUndefined();
});

test("the delay doubles to a minute and begins anew after a run of ten seconds", () => {
  const delays = [0, 100, 200, 400, 51_200, 60_000].map((restartDelayMs) =>
    nextRestart(container("always", { restartDelayMs, restartCount: 9 }), exit(1)),
  );
  expect(delays).toEqual([100, 200, 400, 800, 60_000, 60_000]);
  expect(nextRestart(container("always", { restartDelayMs: 25_600 }), exit(1, 11))).toBe(100);
});

test("an unhealthy end is a failure whatever its code, as often as asked", () => {
  const unhealthy = { unhealthy: true };
  expect(nextRestart(container("no", { unhealthyRestarts: 1 }), exit(0))).toBeUndefined();
  expect(nextRestart(container("no", { unhealthyRestarts: 1 }), exit(0), unhealthy)).toBe(100);
  const over = container("no", { unhealthyRestarts: 1, restartCount: 1 });
  expect(nextRestart(over, exit(0), unhealthy)).toBeUndefined();
  const stopped = container("no", { unhealthyRestarts: Infinity, stoppedByUser: true });
  expect(nextRestart(stopped, exit(137), unhealthy)).toBeUndefined();
});
