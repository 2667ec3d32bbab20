import { EngineError } from "./errors.ts";

/** ENOSPC and EDQUOT of the kernel, and what SQLite makes of them. */
const codes = new Set(["ENOSPC", "EDQUOT", "SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"]);

export function isDiskFull(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && codes.has(code);
}

/** What the user reads of it. */
export function diskFull(cause: unknown): EngineError {
  return new EngineError("internal", "no space left on device", cause);
}
