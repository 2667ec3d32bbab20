import { expect, test } from "bun:test";
import { assertCanExec, assertCanStart, initialState, isRunning, move, restingStatus } from "./state.ts";

const running = move(initialState, "running", { pid: 7, startedAt: "2026-01-01T00:00:00Z" });

test("a life goes created, running, paused, running, exited, running", () => {
  const paused = move(running, "paused");
  const exited = move(move(paused, "running"), "exited", { pid: 0 });
  expect(isRunning(paused)).toBe(true);
  expect(isRunning(exited)).toBe(false);
  expect(move(exited, "running").status).toBe("running");
});

test("a move outside the table is refused", () => {
  expect(() => move(initialState, "paused")).toThrow("no move from created to paused");
  expect(() => move(move(initialState, "removing"), "running")).toThrow("no move");
});

test("starting a running container is nothing to do, a paused or doomed one a conflict", () => {
  expect(() => assertCanStart(running)).toThrow(expect.objectContaining({ kind: "not-modified" }));
  expect(() => assertCanStart(move(running, "paused"))).toThrow(
    expect.objectContaining({ kind: "conflict" }),
  );
  expect(() => assertCanStart(move(running, "removing"))).toThrow(
    expect.objectContaining({ kind: "conflict" }),
  );
  expect(() => assertCanStart(initialState)).not.toThrow();
});

test("exec needs a running container that is not paused", () => {
  expect(() => assertCanExec("c1", initialState)).toThrow("container c1 is not running");
  expect(() => assertCanExec("c1", move(running, "paused"))).toThrow(
    "Container c1 is paused, unpause the container before exec",
  );
});

test("a start that fails leaves a new container created and an old one exited", () => {
  expect(restingStatus(initialState)).toBe("created");
  expect(restingStatus(move(running, "exited"))).toBe("exited");
});
