import { expect, test } from "bun:test";
import { healthCheckOf, mergeHealthConfig } from "./health-check.ts";
import { afterProbe, type Health, startingHealth, unwatchedHealth } from "./health.ts";

const second = 1e9;
const probe = (exitCode: number, output = "") => ({ start: "", end: "", exitCode, output });

test("the check of a configuration, Docker's defaults filled in", () => {
  expect(healthCheckOf({ Healthcheck: { Test: ["CMD", "true"] } })).toEqual({
    command: ["true"],
    intervalMs: 30_000,
    timeoutMs: 30_000,
    startPeriodMs: 0,
    startIntervalMs: 5000,
    retries: 3,
  });
  const given = { Test: ["CMD-SHELL", "exit 1"], Interval: second, Retries: 1 };
  expect(healthCheckOf({ Healthcheck: given, Shell: ["/bin/ash", "-xc"] })).toMatchObject({
    command: ["/bin/ash", "-xc", "exit 1"],
    intervalMs: 1000,
    retries: 1,
  });
});

test("no check: none, NONE, an empty or an unknown test", () => {
  for (const Test of [undefined, [], ["NONE"], ["CMD"], ["OTHER", "x"]])
    expect(healthCheckOf({ Healthcheck: { Test } })).toBeUndefined();
  expect(healthCheckOf({})).toBeUndefined();
});

test("flags go over the image's check one by one", () => {
  const image = { Test: ["CMD", "true"], Interval: second, Retries: 2 };
  expect(mergeHealthConfig(undefined, image)).toEqual(image);
  expect(mergeHealthConfig({ Interval: 3 * second, Test: [] }, image)).toEqual({
    ...image,
    Interval: 3 * second,
  });
  expect(mergeHealthConfig({ Test: ["NONE"] }, image)?.Test).toEqual(["NONE"]);
});

test("so many failures in a row make it unhealthy, one success healthy", () => {
  let health: Health = startingHealth(undefined);
  const statuses = [1, 0, 1, 1, 1, 0].map((exitCode) => {
    health = afterProbe(health, probe(exitCode), { retries: 2 }, false);
    return `${health.status} ${health.failingStreak}`;
  });
  expect(statuses).toEqual([
    "starting 1",
    "healthy 0",
    "healthy 1",
    "unhealthy 2",
    "unhealthy 3",
    "healthy 0",
  ]);
});

test("within the start period failures are forgiven until the first success", () => {
  const starting = startingHealth(undefined);
  expect(afterProbe(starting, probe(1), { retries: 1 }, true)).toMatchObject({
    status: "starting",
    failingStreak: 0,
    log: [{ exitCode: 1 }],
  });
  const healthy = afterProbe(starting, probe(0), { retries: 1 }, true);
  expect(afterProbe(healthy, probe(1), { retries: 1 }, true).status).toBe("unhealthy");
});

test("the last five probes are kept, also over a restart", () => {
  let health: Health = startingHealth(undefined);
  for (let number = 0; number < 7; number += 1)
    health = afterProbe(health, probe(0, String(number)), { retries: 1 }, false);
  expect(health.log.map(({ output }) => output)).toEqual(["2", "3", "4", "5", "6"]);
  expect(startingHealth(unwatchedHealth(health))).toMatchObject({ status: "starting", log: health.log });
});
