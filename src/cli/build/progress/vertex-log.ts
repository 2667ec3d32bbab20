import type {
  BuildTrace,
  BuildVertex,
  BuildVertexStatus,
  BuildVertexWarning,
} from "../../../spec/api/build.ts";

/** A line a step printed, with its time in seconds since the step began. */
export interface LogLine {
  seconds: number;
  text: string;
}

/** What is known of one step. */
export interface VertexState {
  /** In the order of first mention, from 1. */
  index: number;
  vertex: BuildVertex;
  log: LogLine[];
  statuses: Map<string, BuildVertexStatus>;
  warnings: BuildVertexWarning[];
}

export type VertexChange =
  | { kind: "state"; state: VertexState; before: BuildVertex }
  | { kind: "log"; state: VertexState; line: LogLine }
  | { kind: "status"; state: VertexState; status: BuildVertexStatus }
  | { kind: "warning"; state: VertexState; warning: BuildVertexWarning };

/** Gathers a build's trace by steps. */
export class VertexLog {
  readonly states: VertexState[] = [];
  readonly #byDigest = new Map<string, VertexState>();
  /** Text of a line that has not ended, by step and stream. */
  readonly #open = new Map<string, string>();

  /** What is new in one piece of trace, in order. */
  add({ vertexes = [], statuses = [], logs = [], warnings = [] }: BuildTrace): VertexChange[] {
    return [
      ...vertexes.flatMap((vertex) => this.#vertex(vertex)),
      ...statuses.map((status): VertexChange => {
        const state = this.#state(status.vertex);
        state.statuses.set(status.id, status);
        return { kind: "status", state, status };
      }),
      ...warnings.map((warning): VertexChange => {
        const state = this.#state(warning.vertex);
        state.warnings.push(warning);
        return { kind: "warning", state, warning };
      }),
      ...logs.flatMap(({ vertex, stream, data, timestamp }) =>
        this.#lines(this.#state(vertex), stream, Buffer.from(data, "base64").toString(), timestamp),
      ),
    ];
  }

  #vertex(vertex: BuildVertex): VertexChange[] {
    const state = this.#state(vertex.digest);
    const before = state.vertex;
    state.vertex = { ...before, ...vertex };
    const rest = vertex.completed === undefined ? [] : this.#rest(state, vertex.completed);
    return [...rest, { kind: "state", state, before }];
  }

  #state(digest: string): VertexState {
    const known = this.#byDigest.get(digest);
    if (known !== undefined) return known;
    const index = this.states.length + 1;
    const state: VertexState = {
      index,
      vertex: { digest, name: "" },
      log: [],
      statuses: new Map(),
      warnings: [],
    };
    this.#byDigest.set(digest, state);
    this.states.push(state);
    return state;
  }

  #lines(state: VertexState, stream: number, data: string, timestamp: string): VertexChange[] {
    const key = `${state.vertex.digest} ${stream}`;
    const parts = ((this.#open.get(key) ?? "") + data).split("\n");
    const open = parts.pop() ?? "";
    if (open === "") this.#open.delete(key);
    else this.#open.set(key, open);
    return parts.map((text) => this.#line(state, text, timestamp));
  }

  /** Lines that no newline ended. */
  #rest(state: VertexState, timestamp: string): VertexChange[] {
    return [1, 2].flatMap((stream) => {
      const key = `${state.vertex.digest} ${stream}`;
      const text = this.#open.get(key);
      this.#open.delete(key);
      return text === undefined ? [] : [this.#line(state, text, timestamp)];
    });
  }

  #line(state: VertexState, text: string, timestamp: string): VertexChange {
    // What overwrote itself on the line is shown as it was in the end.
    const shown = text.replace(/\r+$/, "").replace(/^.*\r/s, "");
    const line = { seconds: secondsBetween(state.vertex.started, timestamp), text: shown };
    state.log.push(line);
    return { kind: "log", state, line };
  }
}

export function secondsBetween(start: string | undefined, end: string | undefined): number {
  if (start === undefined || end === undefined) return 0;
  return Math.max(0, (Date.parse(end) - Date.parse(start)) / 1000);
}

export function isCanceled({ error }: BuildVertex): boolean {
  return error?.endsWith("context canceled") ?? false;
}
