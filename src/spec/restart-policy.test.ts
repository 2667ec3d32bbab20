import { describe, expect, test } from "bun:test";
import type { RestartPolicy } from "./api/container.ts";
import { checkRestartPolicy, parseRestartPolicy } from "./restart-policy.ts";

const policy = (Name: string, MaximumRetryCount = 0) => ({ Name, MaximumRetryCount }) as RestartPolicy;

describe("--restart", () => {
  test.each([
    ["no", policy("no")],
    ["", policy("")],
    ["always", policy("always")],
    ["on-failure", policy("on-failure")],
    ["on-failure:", policy("on-failure")],
    ["on-failure:3", policy("on-failure", 3)],
    ["on-failure:-1", policy("on-failure", -1)],
    ["foo", policy("foo")],
  ])("%p", (text, expected) => {
    expect(parseRestartPolicy(text)).toEqual(expected);
  });

  test.each([
    [":1", "invalid restart policy format: no policy provided before colon"],
    ["on-failure:a", "invalid restart policy format: maximum retry count must be an integer"],
    ["on-failure:1:2", "invalid restart policy format: maximum retry count must be an integer"],
  ])("%p is refused", (text, message) => {
    expect(() => parseRestartPolicy(text)).toThrow(message);
  });

  test("the engine's own check", () => {
    checkRestartPolicy({});
    checkRestartPolicy(policy("on-failure", 3));
    const only = "invalid restart policy: maximum retry count can only be used with 'on-failure'";
    expect(() => checkRestartPolicy(policy("always", 3))).toThrow(only);
    expect(() => checkRestartPolicy(policy("", 1))).toThrow(only);
    expect(() => checkRestartPolicy(policy("no", -1))).toThrow(`${only} and cannot be negative`);
    expect(() => checkRestartPolicy(policy("on-failure", -1))).toThrow(
      "invalid restart policy: maximum retry count cannot be negative",
    );
    expect(() => checkRestartPolicy(policy("foo"))).toThrow(
      "invalid restart policy: unknown policy 'foo'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'",
    );
  });
});
