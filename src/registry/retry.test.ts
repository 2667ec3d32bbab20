import { expect, test } from "bun:test";
import { EngineError } from "../base/errors.ts";
import { errorOf, RegistryError, retryAfterMs } from "./registry-error.ts";
import { delayBefore } from "./retry.ts";

const policy = { attempts: 5, firstDelayMs: 250 };
const refusal = (status: number, waitMs?: number) => new RegistryError(status, "", "", waitMs);
const network = (code: string) => new EngineError("unavailable", "", Object.assign(new Error(), { code }));

test.each<[string, unknown, number | undefined]>([
  ["a busy registry", refusal(503), 250],
  ["one that asks for time", refusal(503, 2000), 2000],
  ["one that asks for less than the least", refusal(503, 0), 250],
  ["a limit that is over soon", refusal(429, 1000), 1000],
  ["a limit that is over in hours", refusal(429, 3_600_000), undefined],
  ["a limit without a time", refusal(429), undefined],
  ["a refusal", refusal(403), undefined],
  ["what is not there", refusal(404, 1000), undefined],
  ["a lost connection", network("ECONNRESET"), 250],
  ["no such host", network("ENOTFOUND"), undefined],
])("after %s it is asked again in time, or not", (_what, error, delayMs) => {
  expect(delayBefore(error, 1, policy)).toBe(delayMs);
});

test("waits double up to ten seconds, and end with the attempts", () => {
  const delays = [1, 2, 3, 4, 5].map((attempt) => delayBefore(refusal(500), attempt, policy));
  expect(delays).toEqual([250, 500, 1000, 2000, undefined]);
  expect(delayBefore(refusal(500), 20, { ...policy, attempts: 30 })).toBe(10_000);
});

test("Retry-After is seconds or a date", () => {
  expect(retryAfterMs("120", 0)).toBe(120_000);
  expect(retryAfterMs("Thu, 01 Jan 1970 00:00:30 GMT", 10_000)).toBe(20_000);
  expect(retryAfterMs("Thu, 01 Jan 1970 00:00:30 GMT", 40_000)).toBe(0);
  expect(retryAfterMs("soon", 0)).toBeUndefined();
  expect(retryAfterMs(null, 0)).toBeUndefined();
});

const hubsText =
  "You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit";

test.each([
  [
    JSON.stringify({ errors: [{ code: "TOOMANYREQUESTS", message: hubsText }] }),
    `toomanyrequests: ${hubsText}`,
  ],
  [JSON.stringify({ details: "slow down" }), "toomanyrequests: slow down"],
  ["Too Many Requests (HAP429).", "toomanyrequests: Too Many Requests (HAP429)."],
  ["", "toomanyrequests: too many requests"],
])("what a limit says is passed on: %s", async (body, message) => {
  const error = await errorOf(new Response(body, { status: 429, headers: { "Retry-After": "5" } }));
  expect(error).toMatchObject({ message, status: 429, retryAfterMs: 5000, kind: "unavailable" });
});

test.each([
  [403, "nope\n", "denied: nope"],
  [403, "<html>nope</html>", "denied: requested access to the resource is denied"],
  [401, "", "unauthorized: authentication required"],
  [418, "", "received unexpected HTTP status: 418 I'm a Teapot"],
])("a %i with %j is %s", async (status, body, message) => {
  expect((await errorOf(new Response(body, { status }))).message).toBe(message);
});
