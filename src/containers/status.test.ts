import { expect, test } from "bun:test";
import type { Container } from "./container.ts";
import { initialState } from "./state.ts";
import { statusText } from "./status.ts";

const now = Date.parse("2026-01-01T01:00:00Z");

function text(state: Partial<Container["state"]>): string {
  return statusText({ state: { ...initialState, ...state } }, now);
}

test("the words of ps", () => {
  expect(text({})).toBe("Created");
  expect(text({ status: "running", startedAt: "2026-01-01T00:55:00Z" })).toBe("Up 5 minutes");
  expect(text({ status: "paused", startedAt: "2026-01-01T00:00:00Z" })).toBe("Up About an hour (Paused)");
  expect(text({ status: "exited", exitCode: 3, finishedAt: "2026-01-01T00:59:58Z" })).toBe(
    "Exited (3) 2 seconds ago",
  );
  expect(text({ status: "restarting", exitCode: 1, finishedAt: "2026-01-01T00:59:00Z" })).toBe(
    "Restarting (1) About a minute ago",
  );
});
