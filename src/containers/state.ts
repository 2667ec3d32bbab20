import { EngineError } from "../base/errors.ts";
import { neverTime } from "./container.ts";

/** Docker's container states (API: State.Status). */
export type Status = "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";

export interface ContainerState {
  status: Status;
  pid: number;
  exitCode: number;
  /** Why the last start failed, or how the container died. */
  error: string;
  oomKilled: boolean;
  /** Why it ended or could not start, in one line; Docker knows no such field. */
  reason?: string;
  startedAt: string;
  finishedAt: string;
  /** A stop or kill by the user: `unless-stopped` and the other policies then leave it stopped. */
  stoppedByUser: boolean;
}

export const initialState: ContainerState = {
  status: "created",
  pid: 0,
  exitCode: 0,
  error: "",
  oomKilled: false,
  startedAt: neverTime,
  finishedAt: neverTime,
  stoppedByUser: false,
};

/** Every move there is. A crash may end in any state; `reconcile` brings it back into this table. */
const moves: Record<Status, readonly Status[]> = {
  created: ["running", "removing", "exited"],
  running: ["paused", "exited", "restarting", "removing"],
  paused: ["running", "exited", "restarting", "removing"],
  restarting: ["running", "exited", "removing", "restarting"],
  exited: ["running", "restarting", "removing"],
  removing: ["dead", "removing"],
  dead: ["removing"],
};

/** The state with another status; a move outside the table is a bug of ours. */
export function move(
  state: ContainerState,
  status: Status,
  changes: Partial<ContainerState> = {},
): ContainerState {
  if (!moves[state.status].includes(status)) {
    throw new EngineError("internal", `container state: no move from ${state.status} to ${status}`);
  }
  return { ...state, ...changes, status };
}

/** Its first process exists (a paused one's too). */
export function isRunning(state: ContainerState): boolean {
  return state.status === "running" || state.status === "paused";
}

/** A failed start before the first successful one leaves `created`. */
export function restingStatus(state: ContainerState): "created" | "exited" {
  return state.startedAt === neverTime ? "created" : "exited";
}

/** Throws unless the container can be started: not-modified where it runs already. */
export function assertCanStart(state: ContainerState): void {
  if (state.status === "paused") {
    throw new EngineError("conflict", "cannot start a paused container, try unpause instead");
  }
  if (state.status === "running") throw new EngineError("not-modified", "container is already running");
  if (state.status === "removing" || state.status === "dead") {
    throw new EngineError("conflict", "container is marked for removal and cannot be started");
  }
}

/** Throws while it waits for its next start: for Docker it runs, but has no processes to work on. */
export function assertNotRestarting(id: string, state: ContainerState): void {
  if (state.status !== "restarting") return;
  throw new EngineError("conflict", `Container ${id} is restarting, wait until the container is running`);
}

/** Throws unless a process can be started in it. */
export function assertCanExec(id: string, state: ContainerState, reference = id): void {
  if (state.status === "paused") {
    throw new EngineError("conflict", `Container ${reference} is paused, unpause the container before exec`);
  }
  assertNotRestarting(id, state);
  if (state.status !== "running") throw new EngineError("conflict", `container ${id} is not running`);
}
