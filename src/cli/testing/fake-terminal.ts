import { Readable } from "node:stream";
import type { Terminal } from "../command.ts";

/** A terminal for tests: no TTY, input from `input`, output kept. */
export class FakeTerminal implements Terminal {
  readonly stdin: Readable;
  readonly env: Record<string, string | undefined>;
  stdinIsTty = false;
  stdoutIsTty = false;
  stderrIsTty = false;
  columns = 0;
  rows = 0;
  stdout = "";
  stderr = "";

  constructor(env: Record<string, string | undefined> = {}, input: Iterable<Uint8Array> = []) {
    this.env = env;
    this.stdin = Readable.from(input);
  }

  out(text: string | Uint8Array): void {
    this.stdout += typeof text === "string" ? text : Buffer.from(text).toString("utf8");
  }

  err(text: string | Uint8Array): void {
    this.stderr += typeof text === "string" ? text : Buffer.from(text).toString("utf8");
  }
}
