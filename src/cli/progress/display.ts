// Shows the progress streams of pull, push, load and import: in place on a terminal, as lines elsewhere.
import { CommandError, type Terminal } from "../command.ts";
import { type ProgressDetail, progressBar } from "./bar.ts";

/** One line of a progress stream. */
export interface ProgressLine {
  stream?: string;
  status?: string;
  id?: string;
  from?: string;
  progress?: string;
  progressDetail?: ProgressDetail;
  error?: string;
  errorDetail?: { code?: number; message?: string };
  aux?: unknown;
}

/** Where there is no terminal, docker still computes the bar for this width, to know whether there is one. */
const columnsWithoutTerminal = 200;

type Screen = Pick<Terminal, "out" | "stdoutIsTty" | "columns">;

/** Throws CommandError with the engine's words for a line that carries an error. */
export async function displayProgress(
  lines: AsyncIterable<ProgressLine>,
  screen: Screen,
  onAux?: (aux: unknown) => void,
): Promise<void> {
  const display = new Display(screen);
  const resized = (): void => display.measure();
  if (screen.stdoutIsTty) process.on("SIGWINCH", resized);
  try {
    for await (const line of lines) {
      if (line.aux !== undefined) onAux?.(line.aux);
      else display.show(line);
    }
  } finally {
    process.off("SIGWINCH", resized);
  }
}

/** Reads a stream to its end without showing it; an error in it is thrown all the same. */
export async function drainProgress(lines: AsyncIterable<ProgressLine>): Promise<void> {
  for await (const { errorDetail, error } of lines) {
    const message = errorDetail?.message ?? error;
    if (message !== undefined) throw new CommandError(message);
  }
}

class Display {
  readonly #screen: Screen;
  readonly #isTerminal: boolean;
  /** Lines that are being updated: id → how far from the first. */
  #places = new Map<string, number>();

  #columns = columnsWithoutTerminal;

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#isTerminal = screen.stdoutIsTty;
    this.measure();
  }

  /** Asking for the width at every line would cost more than the line. */
  measure(): void {
    if (this.#isTerminal) this.#columns = this.#screen.columns;
  }

  show(line: ProgressLine): void {
    const { id = "" } = line;
    const isProgress = id !== "" && (line.progressDetail !== undefined || line.progress !== undefined);
    const up = isProgress ? this.#place(id) : this.#forget();
    this.#write(this.#isTerminal && isProgress ? `\u001b[${up}A` : "");
    this.#write(this.#text(line));
    if (this.#isTerminal && id !== "" && up > 0) this.#write(`\u001b[${up}B`);
    const message = line.errorDetail?.message ?? line.error;
    if (message !== undefined) throw new CommandError(message);
  }

  /** How many lines up an id's line is; a new one begins below the others. */
  #place(id: string): number {
    let place = this.#places.get(id);
    if (place === undefined) {
      place = this.#places.size;
      this.#places.set(id, place);
      if (this.#isTerminal) this.#write("\n");
    }
    return this.#places.size - place;
  }

  /** After other output the lines above are out of reach. */
  #forget(): number {
    this.#places.clear();
    return 0;
  }

  #text(line: ProgressLine): string {
    if (line.errorDetail !== undefined || line.error !== undefined) return "";
    const { id = "", from = "", status = "", stream = "", progress = "", progressDetail } = line;
    const bar = progressDetail === undefined ? undefined : progressBar(progressDetail, this.#columns);
    const inPlace = this.#isTerminal && stream === "" && bar !== undefined;
    if (!inPlace && bar !== undefined && bar !== "") return "";
    const head = `${id === "" ? "" : `${id}: `}${from === "" ? "" : `(from ${from}) `}`;
    const end = inPlace ? "\r" : "";
    const clear = inPlace ? "\u001b[2K\r" : "";
    if (bar !== undefined && this.#isTerminal) return `${clear}${head}${status} ${bar}${end}`;
    if (progress !== "") return `${head}${status} ${progress}${end}`;
    return stream === "" ? `${head}${status}${end}\n` : `${head}${stream}${end}`;
  }

  #write(text: string): void {
    if (text !== "") this.#screen.out(text);
  }
}
