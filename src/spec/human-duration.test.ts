import { expect, test } from "bun:test";
import { humanDuration } from "./human-duration.ts";

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
test.each([
  [0.4, "Less than a second"],
  [1, "1 second"],
  [59, "59 seconds"],
  [minute, "About a minute"],
  [2 * minute + 5, "2 minutes"],
  [59 * minute + 59, "59 minutes"],
  [hour, "About an hour"],
  [2 * hour + 31 * minute, "3 hours"],
  [47 * hour, "47 hours"],
  [2 * day, "2 days"],
  [13 * day, "13 days"],
  [14 * day, "2 weeks"],
  [61 * day, "2 months"],
  [800 * day, "2 years"],
])("%d seconds are %s", (seconds, text) => {
  expect(humanDuration(seconds * 1000)).toBe(text);
});
