import type { BuildTrace, BuildVertexStatus } from "../../../spec/api/build.ts";
import { formatBytes } from "../../../spec/size.ts";
import type { ProgressPrinter } from "./progress-printer.ts";
import { failureText, warningText } from "./summary.ts";
import { isCanceled, secondsBetween, VertexLog, type VertexState } from "./vertex-log.ts";

/** How often a terminal is drawn anew at most. */
const frameMs = 100;
/** Lines of output shown below a step that runs. */
const outputLines = 6;

interface Screen {
  write(text: string): void;
  columns(): number;
  rows(): number;
  colour: boolean;
}

/** Draws the steps in place: name and time of each, below those that run what they printed last. */
export class TtyPrinter implements ProgressPrinter {
  readonly #log = new VertexLog();
  readonly #screen: Screen;
  readonly #startedMs = Date.now();
  readonly #timer: NodeJS.Timeout;
  #drawnLines = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#timer = setInterval(() => this.#draw(false), frameMs);
  }

  trace(trace: BuildTrace): void {
    this.#log.add(trace);
  }

  text(text: string): void {
    this.#screen.write(text);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#draw(true);
    this.#screen.write(failureText(this.#log.states) + warningText(this.#log.states));
  }

  #draw(last: boolean): void {
    const { states } = this.#log;
    if (states.length === 0) return;
    const columns = this.#screen.columns();
    const lines = [this.#title(last), ...this.#body(last)];
    const up = this.#drawnLines === 0 ? "" : `\u001b[${this.#drawnLines}A`;
    // Each line ends by clearing what a longer one left; what is below goes, too.
    const text = lines.map((line) => `${fit(line, columns, this.#screen.colour)}\u001b[K\n`).join("");
    this.#screen.write(`\u001b[?25l${up}\r${text}\u001b[J\u001b[?25h`);
    this.#drawnLines = lines.length;
  }

  #title(last: boolean): Line {
    const { states } = this.#log;
    const done = states.filter(({ vertex }) => vertex.completed !== undefined).length;
    const seconds = ((Date.now() - this.#startedMs) / 1000).toFixed(1);
    return {
      text: `[+] Building ${seconds}s (${done}/${states.length})${last ? " FINISHED" : ""}`,
      right: "",
    };
  }

  /** No more than fits: what is above the screen could not be drawn over. The end shows everything. */
  #body(last: boolean): Line[] {
    const lines = this.#log.states
      .filter(({ vertex }) => vertex.started !== undefined || vertex.cached)
      .flatMap(linesOf);
    const most = Math.max(this.#screen.rows() - 2, 4);
    return last || lines.length <= most ? lines : lines.slice(-most);
  }
}

interface Line {
  text: string;
  right: string;
  colour?: "blue" | "red";
}

function linesOf(state: VertexState): Line[] {
  const { vertex, statuses, log } = state;
  const over = vertex.completed !== undefined;
  const mark =
    vertex.error === undefined
      ? vertex.cached
        ? "CACHED "
        : ""
      : isCanceled(vertex)
        ? "CANCELED "
        : "ERROR ";
  const seconds = secondsBetween(vertex.started, vertex.completed ?? new Date().toISOString());
  const colour = vertex.error === undefined ? (over ? "blue" : undefined) : "red";
  const head: Line = {
    text: ` => ${mark}${vertex.name}`,
    right: `${seconds.toFixed(1)}s`,
    ...(colour && { colour }),
  };
  const progress = [...statuses.values()].map((status) => statusLine(status, colour));
  const output = over
    ? []
    : log.slice(-outputLines).map(({ text }): Line => ({ text: ` => => # ${text}`, right: "" }));
  return [head, ...progress, ...output];
}

function statusLine(
  { id, current, total, started, completed }: BuildVertexStatus,
  colour: Line["colour"],
): Line {
  const amount = total
    ? ` ${formatBytes(current)} / ${formatBytes(total)}`
    : current > 0
      ? ` ${formatBytes(current)}`
      : "";
  const seconds = secondsBetween(started, completed ?? new Date().toISOString());
  return { text: ` => => ${id}${amount}`, right: `${seconds.toFixed(1)}s`, ...(colour && { colour }) };
}

const codes = { blue: "\u001b[34m", red: "\u001b[31m" };

/** One line of exactly the terminal's width: a longer one would wrap and break the count of lines. */
function fit({ text, right, colour }: Line, columns: number, colours: boolean): string {
  const room = columns - right.length - (right === "" ? 0 : 1);
  // Whatever moves the cursor would break the drawing.
  const clean = text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "").replace(/[\p{Cc}]/gu, " ");
  const line = right === "" ? clean.slice(0, room) : `${clean.slice(0, room).padEnd(room)} ${right}`;
  return colours && colour !== undefined ? `${codes[colour]}${line}\u001b[0m` : line;
}
