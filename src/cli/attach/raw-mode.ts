import { ReadStream } from "node:tty";

/** Signals whose default would leave the shell with a raw terminal. */
const fatalSignals = ["SIGHUP", "SIGQUIT", "SIGTERM", "SIGINT"] as const;

/**
 * Puts the terminal on stdin into raw mode; answers how to put it back. It is put back on every way out: return,
 * exception, `exit` (Bun restores it then), and the signals that end us unless a handler of ours has taken them over.
 * Output processing stays as it is (Bun's raw mode is Node's).
 */
export function enterRawMode(): () => void {
  const tty = new ReadStream(0);
  tty.setRawMode(true);
  const dieRestored = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > 1) return;
    restore();
    process.kill(process.pid, signal);
  };
  for (const signal of fatalSignals) process.on(signal, dieRestored);
  const restore = () => {
    for (const signal of fatalSignals) process.off(signal, dieRestored);
    tty.setRawMode(false);
  };
  return restore;
}
