import type { Terminal } from "../command.ts";

/** Tells the engine the terminal's size now and after every change; answers how to stop. */
export function followTerminalSize(
  terminal: Terminal,
  resize: (rows: number, columns: number) => Promise<void>,
): () => void {
  const tell = () => {
    const { rows, columns } = terminal;
    // A process that has just ended has no terminal to resize.
    if (rows > 0 && columns > 0) resize(rows, columns).catch(() => undefined);
  };
  tell();
  process.on("SIGWINCH", tell);
  return () => {
    process.off("SIGWINCH", tell);
  };
}
