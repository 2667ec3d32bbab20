import type { BuildTrace, BuildVertexStatus } from "../../../spec/api/build.ts";
import { formatBytes } from "../../../spec/size.ts";
import type { ProgressPrinter } from "./progress-printer.ts";
import { failureText, warningText } from "./summary.ts";
import { isCanceled, secondsBetween, type VertexChange, VertexLog, type VertexState } from "./vertex-log.ts";

/** For so long a step that says nothing keeps others that do from being shown. */
const patienceMs = 5000;

/** Prints steps as lines, one step after another where that does not keep people waiting. */
export class PlainPrinter implements ProgressPrinter {
  readonly #log = new VertexLog();
  readonly #write: (text: string) => void;
  readonly #now: () => number;
  readonly #waiting = new Map<VertexState, string[]>();
  /** Headed by `#N name` already. */
  readonly #named = new Map<VertexState, number>();
  #current: VertexState | undefined;
  #spokeMs = 0;

  constructor(write: (text: string) => void, now: () => number = () => performance.now()) {
    this.#write = write;
    this.#now = now;
  }

  trace(trace: BuildTrace): void {
    for (const change of this.#log.add(trace)) {
      const lines = linesOf(change);
      if (lines.length > 0) this.#say(change.state, lines);
    }
  }

  text(text: string): void {
    this.#write(text);
  }

  end(): void {
    for (const [state, lines] of this.#waiting) this.#print(state, lines);
    this.#waiting.clear();
    this.#write(failureText(this.#log.states) + warningText(this.#log.states));
  }

  #say(state: VertexState, lines: readonly string[]): void {
    const current = this.#current;
    const free = current === undefined || current === state || isOver(current);
    if (free || this.#now() - this.#spokeMs > patienceMs) this.#print(state, this.#take(state, lines));
    else this.#waiting.set(state, this.#take(state, lines));
    if (this.#current !== undefined && isOver(this.#current)) this.#printNext();
  }

  #take(state: VertexState, lines: readonly string[]): string[] {
    const all = [...(this.#waiting.get(state) ?? []), ...lines];
    this.#waiting.delete(state);
    return all;
  }

  /** Steps that are over come first: they are short. */
  #printNext(): void {
    for (const [state, lines] of this.#waiting) {
      this.#waiting.delete(state);
      this.#print(state, lines);
      if (!isOver(state)) return;
    }
  }

  #print(state: VertexState, lines: readonly string[]): void {
    const prefix = `#${this.#number(state)}`;
    this.#write(this.#heading(state, prefix) + lines.map((line) => `${prefix} ${line}\n`).join(""));
    this.#spokeMs = this.#now();
  }

  #heading(state: VertexState, prefix: string): string {
    const before = this.#current;
    if (before === state) return "";
    this.#current = state;
    const broken = before !== undefined && !isOver(before) ? `#${this.#number(before)} ...\n` : "";
    return `${broken}${before === undefined ? "" : "\n"}${prefix} ${state.vertex.name}\n`;
  }

  /** Counted by what is shown first. */
  #number(state: VertexState): number {
    const number = this.#named.get(state) ?? this.#named.size + 1;
    this.#named.set(state, number);
    return number;
  }
}

function isOver({ vertex }: VertexState): boolean {
  return vertex.completed !== undefined;
}

function linesOf(change: VertexChange): string[] {
  switch (change.kind) {
    case "log":
      return [`${change.line.seconds.toFixed(3)} ${change.line.text}`];
    case "status":
      return statusLines(change.status);
    case "warning":
      return [`WARN: ${Buffer.from(change.warning.short, "base64").toString()}`];
    case "state": {
      const { vertex } = change.state;
      if (vertex.completed === undefined || change.before.completed !== undefined) return [];
      if (isCanceled(vertex)) return ["CANCELED"];
      if (vertex.error !== undefined) return [`ERROR: ${vertex.error}`];
      if (vertex.cached === true) return ["CACHED"];
      return [`DONE ${secondsBetween(vertex.started, vertex.completed).toFixed(1)}s`];
    }
  }
}

/** Only ends: what goes on meanwhile would be a line for every piece. */
function statusLines({ id, current, total, started, completed }: BuildVertexStatus): string[] {
  if (completed === undefined) return [];
  const amount = total
    ? ` ${formatBytes(current)} / ${formatBytes(total)}`
    : current > 0
      ? ` ${formatBytes(current)}`
      : "";
  const seconds = secondsBetween(started, completed);
  return [`${id}${amount} ${seconds >= 0.05 ? `${seconds.toFixed(1)}s ` : ""}done`];
}
