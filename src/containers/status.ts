import { humanDuration } from "../spec/duration.ts";
import type { Container } from "./container.ts";
import { neverTime } from "./container.ts";
import { type Health, healthText } from "./health/health.ts";

/** The STATUS column of `ps`, word for word Docker's. */
export function statusText({ state }: Pick<Container, "state">, nowMs: number, health?: Health): string {
  switch (state.status) {
    case "running":
      return `Up ${since(state.startedAt, nowMs)}${health === undefined ? "" : ` (${healthText(health)})`}`;
    case "paused":
      return `Up ${since(state.startedAt, nowMs)} (Paused)`;
    case "restarting":
      return `Restarting (${state.exitCode}) ${since(state.finishedAt, nowMs)} ago`;
    case "removing":
      return "Removal In Progress";
    case "dead":
      return "Dead";
    case "created":
      return "Created";
    case "exited":
      return state.finishedAt === neverTime
        ? "Created"
        : `Exited (${state.exitCode}) ${since(state.finishedAt, nowMs)} ago`;
  }
}

function since(time: string, nowMs: number): string {
  return humanDuration(Math.max(0, nowMs - Date.parse(time)));
}
