import { expect, test } from "bun:test";
import type { Container } from "./container.ts";
import { nextRestart } from "./restart-policy.ts";
import { initialState } from "./state.ts";

function container(
  policy: string,
  changes: { retries?: number; restartCount?: number; stoppedByUser?: boolean } = {},
) {
  return {
    hostConfig: { RestartPolicy: { Name: policy, MaximumRetryCount: changes.retries ?? 0 } },
    restartCount: changes.restartCount ?? 0,
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
  expect(nextRestart(container("on-failure", { retries: 2, restartCount: 1 }), exit(3))).toBe(200);
  expect(nextRestart(container("on-failure", { retries: 2, restartCount: 2 }), exit(3))).toBeUndefined();
});

test("the delay doubles to a minute and begins anew after a run of ten seconds", () => {
  const delays = [0, 1, 2, 3, 20].map((restartCount) =>
    nextRestart(container("always", { restartCount }), exit(1)),
  );
  expect(delays).toEqual([100, 200, 400, 800, 60_000]);
  expect(nextRestart(container("always", { restartCount: 9 }), exit(1, 11))).toBe(100);
});
