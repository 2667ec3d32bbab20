import { Readable } from "node:stream";
import type { Terminal } from "../command.ts";

/** A terminal that keeps what is written to it. */
export interface MemoryTerminal extends Terminal {
  written: { stdout: string; stderr: string };
}

export interface MemoryTerminalOptions {
  input?: string;
  env?: Record<string, string | undefined>;
  /** The width of a terminal; without it nothing is one. */
  columns?: number;
}

export function memoryTerminal({
  input = "",
  env = {},
  columns,
}: MemoryTerminalOptions = {}): MemoryTerminal {
  const chunks: { stdout: Uint8Array[]; stderr: Uint8Array[] } = { stdout: [], stderr: [] };
  const isTty = columns !== undefined;
  return {
    stdin: Readable.from(input === "" ? [] : [Buffer.from(input)]),
    out: (text) => void chunks.stdout.push(bytesOf(text)),
    err: (text) => void chunks.stderr.push(bytesOf(text)),
    enterRawMode: () => Promise.reject(new Error("no terminal")),
    stdinIsTty: false,
    stdoutIsTty: isTty,
    stderrIsTty: isTty,
    columns: columns ?? 0,
    rows: isTty ? 24 : 0,
    env,
    get written() {
      return {
        stdout: Buffer.concat(chunks.stdout).toString("utf8"),
        stderr: Buffer.concat(chunks.stderr).toString("utf8"),
      };
    },
  };
}

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? Buffer.from(text) : text;
}
