import { writeSync } from "node:fs";

export const logLevels = ["debug", "info", "warn", "error", "fatal"] as const;
export type LogLevel = (typeof logLevels)[number];
export type LogFields = Record<string, string | number | boolean | undefined>;

/** Structured log lines on standard error. Never given secrets: what it is given it writes. */
export class Log {
  #threshold: number;
  readonly #write: (line: string) => void;

  constructor(level: LogLevel = "info", write: (line: string) => void = (line) => writeSync(2, line)) {
    this.#threshold = logLevels.indexOf(level);
    this.#write = write;
  }

  /** From now on; a reload of the configuration may change it. */
  setLevel(level: LogLevel): void {
    this.#threshold = logLevels.indexOf(level);
  }

  debug(message: string, fields?: LogFields): void {
    this.#emit("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#emit("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#emit("warn", message, fields);
  }

  error(message: string, error?: unknown, fields?: LogFields): void {
    this.#emit("error", message, { ...fields, error: error === undefined ? undefined : describe(error) });
  }

  #emit(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (logLevels.indexOf(level) < this.#threshold) return;
    let line = `time=${new Date().toISOString()} level=${level} msg=${JSON.stringify(message)}`;
    for (const [key, value] of Object.entries(fields)) {
      if (value !== undefined) line += ` ${key}=${JSON.stringify(value)}`;
    }
    this.#write(`${line}\n`);
  }
}

/** The whole story of an error for the log: its stack and every cause behind it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${describe(error.cause)}`;
}
