import { expect, test } from "bun:test";
import { lifetimeOf } from "./lifetime.ts";
import { withUnhealthyPolicy, withUpdatedPolicy } from "./unhealthy-policy.ts";

test("labels say how long a container lives", () => {
  expect(lifetimeOf({ other: "x" })).toEqual({});
  const labels = { "gantry.ttl": "10m", "gantry.idle-ttl": "1h30m", "gantry.lease": "abc" };
  expect(lifetimeOf(labels)).toEqual({ ttlMs: 600_000, idleTtlMs: 5_400_000, lease: "abc" });
  expect(lifetimeOf({ "gantry.restart": "on-unhealthy" })).toEqual({ unhealthyRestarts: Infinity });
  expect(lifetimeOf({ "gantry.restart": "on-unhealthy:3" })).toEqual({ unhealthyRestarts: 3 });
});

test("a label that means nothing is refused with its form", () => {
  const refusals = [
    ["gantry.ttl", "10", "a duration like 90s, 10m or 1h30m"],
    ["gantry.ttl", "-1s", "a duration like 90s, 10m or 1h30m"],
    ["gantry.idle-ttl", "", "a duration like 90s, 10m or 1h30m"],
    ["gantry.restart", "always", "on-unhealthy[:N]"],
    ["gantry.restart", "on-unhealthy:-1", "on-unhealthy[:N]"],
    ["gantry.restart", "on-unhealthy:x", "on-unhealthy[:N]"],
  ] as const;
  for (const [label, value, form] of refusals) {
    const message = `invalid label ${label}=${JSON.stringify(value)}: the form is ${form}`;
    expect(() => lifetimeOf({ [label]: value })).toThrow(message);
  }
});

test("the policy on-unhealthy becomes one that every engine knows, and a label", () => {
  const policy = { Name: "on-unhealthy" as "no", MaximumRetryCount: 2 };
  expect(withUnhealthyPolicy({ Labels: { a: "b" } }, { RestartPolicy: policy })).toEqual({
    config: { Labels: { a: "b", "gantry.restart": "on-unhealthy:2" } },
    host: { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 2 } },
  });
  expect(withUnhealthyPolicy({}, {})).toEqual({ config: {}, host: {} });
});

test("another policy takes the label back", () => {
  const labels = { a: "b", "gantry.restart": "on-unhealthy" };
  expect(withUpdatedPolicy(labels, { Name: "no" })).toEqual({ a: "b" });
  expect(withUpdatedPolicy({}, { Name: "on-unhealthy" as "no" })).toEqual({
    "gantry.restart": "on-unhealthy",
  });
});
