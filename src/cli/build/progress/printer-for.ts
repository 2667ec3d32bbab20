import { CommandError, type Terminal } from "../../command.ts";
import type { ProgressPrinter } from "./progress-printer.ts";

/** Of a terminal that does not know its size. */
const defaultColumns = 80;
const defaultRows = 24;

/** The printer that `--progress` asks for. Everything goes to stderr: stdout is the result's. */
export async function printerFor(
  mode: string,
  terminal: Pick<Terminal, "err" | "stderrIsTty" | "columns" | "rows" | "env">,
): Promise<ProgressPrinter> {
  switch (mode === "auto" ? (terminal.stderrIsTty ? "tty" : "plain") : mode) {
    case "tty": {
      if (!terminal.stderrIsTty)
        throw new CommandError("failed to get console: provided file is not a console");
      const { TtyPrinter } = await import("./tty.ts");
      return new TtyPrinter({
        write: (text) => terminal.err(text),
        columns: () => terminal.columns || defaultColumns,
        rows: () => terminal.rows || defaultRows,
        colour: !terminal.env.NO_COLOR,
      });
    }
    case "plain": {
      const { PlainPrinter } = await import("./plain.ts");
      return new PlainPrinter((text) => terminal.err(text));
    }
    case "rawjson":
      return { trace: (trace) => terminal.err(`${JSON.stringify(trace)}\n`), text: () => {}, end: () => {} };
    case "quiet":
    case "none":
      return { trace: () => {}, text: () => {}, end: () => {} };
    default:
      throw new CommandError(
        `invalid progress mode ${mode}: one of auto, plain, tty, rawjson, quiet is expected`,
      );
  }
}
